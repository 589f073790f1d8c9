#pragma once

#include <vector>

#include "scanline/framework/core/array.hpp"
#include "scanline/framework/ops/recurrent.hpp"
#include "scanline/models/line_reader.hpp"

namespace scanline {

/// A character that was read in a line.
struct CharacterReading {
  Index class_index = 0;   ///< Its class.
  double probability = 0;  ///< The highest probability of the class within the columns, up to 1.
  Index begin = 0;         ///< The first column of the line in which it was seen.
  Index end = 0;           ///< The column after the last one.
};

/// What was read in a line.
struct LineReading {
  std::vector<CharacterReading> characters;  ///< From left to right.
  double probability = 1;                    ///< Of these characters and no others.
};

/// The characters that a network reads in each line of a batch: the most probable class at each
/// step, where repetitions are merged and blanks removed (`ctc_greedy_decode`). The columns at
/// which a network names a character are within it, but need not be all of it.
std::vector<LineReading> decode_lines(const models::LineScores& scores, Index columns_per_step);

/// The classes of the characters, from left to right.
std::vector<Index> classes_of(const LineReading& line);

/// How many characters each line has, whose labels (B, S) are -1 behind the last one.
Lengths label_counts(const Array& labels);

/// The characters of line `b`, whose labels (B, S) are -1 behind the last one.
std::vector<Index> characters_of(const Array& labels, Index b);

/// The smallest number of characters to insert, to remove or to replace, with which one line
/// becomes the other (Levenshtein 1966).
Index edit_distance(const std::vector<Index>& from, const std::vector<Index>& to);

}  // namespace scanline
