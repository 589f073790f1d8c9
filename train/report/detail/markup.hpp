#pragma once

#include <string>
#include <string_view>

namespace scanline::train {

/// The text as it has to stand in XML and HTML, between tags as well as in a quoted attribute.
/// Control characters, which neither can express, become spaces.
std::string escape_markup(std::string_view text);

}  // namespace scanline::train
