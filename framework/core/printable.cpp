#include "scanline/framework/core/printable.hpp"

#include <fmt/format.h>

namespace scanline {
namespace {

unsigned char byte_at(std::string_view text, std::size_t i) {
  return static_cast<unsigned char>(text[i]);
}

/// The bytes of the well-formed UTF-8 sequence that begins at `i`; 0 where none does (The Unicode
/// Standard, table 3-7).
std::size_t sequence_length(std::string_view text, std::size_t i) {
  const unsigned char first = byte_at(text, i);
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return 0;
  const std::size_t length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  if (i + length > text.size()) return 0;
  // Rules out overlong forms, surrogates and what lies above U+10FFFF.
  const unsigned char low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
  const unsigned char high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
  if (byte_at(text, i + 1) < low || byte_at(text, i + 1) > high) return 0;
  for (std::size_t k = i + 2; k < i + length; ++k)
    if ((byte_at(text, k) & 0xc0) != 0x80) return 0;
  return length;
}

/// Whether the sequence at `i` is a control character: C0, DEL, or C1 (U+0080 to U+009F).
bool is_control(std::string_view text, std::size_t i) {
  const unsigned char first = byte_at(text, i);
  return first < 0x20 || first == 0x7f || (first == 0xc2 && byte_at(text, i + 1) < 0xa0);
}

std::string escaped(unsigned char byte) {
  switch (byte) {
    case '\n': return "\\n";
    case '\r': return "\\r";
    case '\t': return "\\t";
    default: return fmt::format("\\x{:02x}", byte);
  }
}

}  // namespace

std::string printable(std::string_view text, std::size_t longest) {
  std::string result;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = sequence_length(text, i);
    const std::size_t taken = length == 0 ? 1 : length;
    if (i + taken > longest) return result + "...";
    if (length == 0 || is_control(text, i)) {
      for (std::size_t k = i; k < i + taken; ++k) result += escaped(byte_at(text, k));
    } else {
      result += text.substr(i, taken);
    }
    i += taken;
  }
  return result;
}

}  // namespace scanline
