#pragma once

#include <string>

#include "scanline/framework/core/array.hpp"

namespace scanline {

/// "array([1, 2], dtype=float32)", where `name` is "array", with `attributes` before the closing
/// parenthesis. See `to_string(const Array&)`.
std::string array_text(const std::string& name, const Array& array,
                       const std::string& attributes = "");

}  // namespace scanline
