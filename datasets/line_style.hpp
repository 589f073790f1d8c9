#pragma once

#include <string>

#include "scanline/framework/core/shape.hpp"

namespace scanline::datasets {

/// The whole numbers from `low` to `high`.
struct WholeRange {
  Index low = 0;   ///< The smallest number.
  Index high = 0;  ///< The largest number.

  /// Whether both ends are equal.
  bool operator==(const WholeRange&) const = default;
};

/// Reads a range such as "1..8", or a single number such as "5".
/// @throws Error unless it is one that lies within `limits`.
WholeRange parse_range(const std::string& text, const WholeRange& limits);

/// How lines are composed of images of single characters.
struct LineStyle {
  WholeRange digits{1, 8};    ///< The number of characters in a line.
  WholeRange spacing{-4, 8};  ///< Columns between neighbours; negative where they overlap.

  /// Whether lines are composed in the same way.
  bool operator==(const LineStyle&) const = default;
};

}  // namespace scanline::datasets
