#pragma once

#include <map>
#include <string>

#include "scanline/framework/core/array.hpp"

namespace scanline {

/// Arrays by name, as a file holds them.
using NamedArrays = std::map<std::string, Array>;

/// Overwrites the elements of `to` with those of the same names in `from`, converted to their
/// element types. `owner` is the name in error messages.
/// @throws Error that lists every name that is missing, unexpected or misshapen; `to` is then
///   unchanged.
void copy_by_name(const std::string& owner, const NamedArrays& from, const NamedArrays& to);

}  // namespace scanline
