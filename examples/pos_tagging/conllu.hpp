#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace pos_tagging {

/// A sentence, and the universal part-of-speech tag of each of its words.
struct Sentence {
  std::vector<std::string> words, tags;
};

/// Reads a treebank in the CoNLL-U format (https://universaldependencies.org/format.html). Ranges
/// of words that are written as one ("1-2") and words that are not written ("1.1") are left out.
/// @throws scanline::Error that names file and line, when a line is neither that of a word, a
///   comment nor blank, or when there is no sentence.
std::vector<Sentence> read_conllu(const std::filesystem::path& file);

}  // namespace pos_tagging
