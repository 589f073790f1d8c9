#pragma once

// Lets {fmt} print shapes and arrays: `fmt::print("{}\n", x.shape())`. It is a header of its own,
// as the others need no {fmt}.

#include <fmt/format.h>

#include <string>

#include "scanline/framework/core/array.hpp"

/// Formats as `to_string` does; takes the options of strings, such as a width.
template <>
struct fmt::formatter<scanline::Shape> : fmt::formatter<std::string> {
  /// Writes the shape.
  auto format(const scanline::Shape& shape, fmt::format_context& context) const {
    return fmt::formatter<std::string>::format(scanline::to_string(shape), context);
  }
};

/// Formats as `to_string` does; takes the options of strings, such as a width.
template <>
struct fmt::formatter<scanline::Array> : fmt::formatter<std::string> {
  /// Writes the array.
  auto format(const scanline::Array& array, fmt::format_context& context) const {
    return fmt::formatter<std::string>::format(scanline::to_string(array), context);
  }
};
