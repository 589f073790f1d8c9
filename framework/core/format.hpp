#pragma once

// Lets {fmt} print shapes and arrays: `fmt::print("{}\n", x.shape())`. It is a header of its own,
// as the others need no {fmt}.

#include <fmt/format.h>

#include <string>

#include "scanline/framework/core/array.hpp"

namespace fmt {

/// Formats as `to_string` does; takes the options of strings, such as a width.
template <>
struct formatter<scanline::Shape> : formatter<std::string> {
  /// Writes the shape.
  auto format(const scanline::Shape& shape, format_context& context) const {
    return formatter<std::string>::format(scanline::to_string(shape), context);
  }
};

/// Formats as `to_string` does; takes the options of strings, such as a width.
template <>
struct formatter<scanline::Array> : formatter<std::string> {
  /// Writes the array.
  auto format(const scanline::Array& array, format_context& context) const {
    return formatter<std::string>::format(scanline::to_string(array), context);
  }
};

}  // namespace fmt
