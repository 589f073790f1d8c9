#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace scanline {

/// Text from a file, a file name or a user, made safe for a terminal and for a message of one line:
/// control characters (C0, DEL and C1) and bytes that are not UTF-8 become escapes such as `\n` or
/// `\x1b`. A text of more than `longest` bytes is cut between characters and ends in "...".
std::string printable(std::string_view text, std::size_t longest = std::string_view::npos);

/// The length at which messages cut a quoted text, in bytes.
inline constexpr std::size_t longest_quote = 200;

}  // namespace scanline
