#pragma once

#include <string>
#include <vector>

#include "scanline/datasets/decode_image.hpp"

namespace scanline::datasets {

/// A rectangle in a picture, in pixels from the picture's upper left corner.
struct Box {
  double top = 0;     ///< Where it begins.
  double left = 0;    ///< Where it begins.
  double bottom = 0;  ///< Where it ends; this row is beyond it.
  double right = 0;   ///< Where it ends; this column is beyond it.

  /// The number of rows.
  double height() const { return bottom - top; }
  /// The number of columns.
  double width() const { return right - left; }
};

/// The smallest rectangle that contains both.
Box united(const Box& a, const Box& b);

/// One digit that was found in a picture.
struct FoundDigit {
  Box box;    ///< Where it is in the picture.
  Box area;   ///< The part of the picture that `ink` shows: the box and a margin.
  Image ink;  ///< The digit, without the ink of others: 0 for paper, 255 for ink.
};

/// Digits beside each other.
struct FoundLine {
  Box box;                         ///< The box of all of them.
  double slope = 0;                ///< How far the line goes down on one pixel to the right.
  std::vector<FoundDigit> digits;  ///< From left to right.
};

/// The ink in a picture, freed of what it is written on.
struct Ink {
  std::vector<FoundLine> lines;  ///< From top to bottom; at least one.
};

/// Finds the ink in a picture, and the digits. The ink may be dark on light or light on dark, and
/// of any colour that differs from the paper's. Light may change across the picture, slowly or at
/// the edge of a shadow. The lines of ruled and squared paper, the edge of a sheet, punched holes
/// and specks do not count as ink. A part that lies beside or above another one and is much smaller
/// belongs to the same digit. `name` is the name of the picture in messages.
/// @throws Error that begins with `name` when there is no ink.
Ink find_ink(const ColourImage& picture, const std::string& name);

}  // namespace scanline::datasets
