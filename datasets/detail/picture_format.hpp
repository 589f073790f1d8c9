#pragma once

#include <string>
#include <string_view>

namespace scanline::datasets {

/// What a file that is not a picture of a known format is, by its first bytes, for a message: "a
/// WebP picture", or else "bytes 00 01 02 03".
std::string describe_format(std::string_view bytes);

}  // namespace scanline::datasets
