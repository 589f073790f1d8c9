#pragma once

#include <string>

#include "scanline/framework/core/shape.hpp"

namespace scanline::datasets {

/// A character in UTF-8; empty for what is no character that can be shown.
std::string utf8(Index code);

}  // namespace scanline::datasets
