#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "scanline/datasets/detail/number_file.hpp"
#include "scanline/framework/core/fields.hpp"

namespace scanline::datasets {

/// Declares the option `max-value`.
void declare_max_value(Fields& fields, std::optional<double>& max_value);

/// The number that is white, among pixels of a type. It is `max_value` where that is given, and
/// otherwise 255 for bytes, 65535 for 16 bits without a sign and 1 for boolean values. For real
/// numbers it is 1 where `largest`, the largest training pixel, is at most 1, and 255 otherwise. It
/// is 255 for all other whole numbers, since NumPy's and other programs' default types are larger
/// than their pixels.
double white_of(const ElementType& type, double largest, const std::optional<double>& max_value);

/// The pixel for a number from 0 to `white`.
std::uint8_t to_pixel(double value, double white);

/// What a number that is not from 0 to `white` should have been.
std::string expected_value(double value, double white, const std::optional<double>& max_value);

/// Tells `note`, if there is one, when the training pixels in a file use at most half of the range.
void note_on_range(const std::function<void(const std::string& line)>& note,
                   const std::filesystem::path& file, double largest, double white);

}  // namespace scanline::datasets
