#pragma once

#include <map>
#include <string>

#include "scanline/framework/core/array.hpp"

namespace scanline::exporting {

/// Replaces each `@KEY@` in C code by the value of that key.
std::string substitute(std::string code, const std::map<std::string, std::string>& values);

/// A text as a string literal of C. Bytes other than printable ASCII are written in octal.
std::string c_string(const std::string& text);

/// The definition of a constant array of floats.
std::string c_floats(const std::string& name, const Array& values);

/// The definitions of a matrix of 8-bit integers, NAME, and of the scale of each row, NAME_scale.
/// An element of the matrix is the integer times the scale of its row.
std::string c_integers(const std::string& name, const Array& matrix);

}  // namespace scanline::exporting
