#pragma once

#include <cstddef>
#include <vector>

#include "scanline/datasets/detail/components.hpp"

namespace scanline::datasets {

/// The components of one digit.
struct DigitParts {
  std::vector<std::size_t> parts;  // positions of components
  PixelBox box;                    // of all of them
};

/// How many components have a score that is high enough for a digit or a large part of one.
std::ptrdiff_t count_digit_parts(const std::vector<double>& scores);

/// Which components are digits, and which belong to the same one. The highest scores are digits; a
/// small part that is close to a digit is a piece of it, and other small parts are specks. If
/// `is_single` says so, all that is not a speck is one digit.
std::vector<DigitParts> find_digit_parts(const Components& components,
                                         const std::vector<double>& scores, bool is_single);

/// Which digits stand beside each other: positions of digits from left to right, for each line from
/// top to bottom.
std::vector<std::vector<std::size_t>> find_lines(const std::vector<DigitParts>& digits);

}  // namespace scanline::datasets
