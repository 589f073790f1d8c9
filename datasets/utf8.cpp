#include "scanline/datasets/detail/utf8.hpp"

#include "scanline/framework/core/printable.hpp"

namespace scanline::datasets {

std::string utf8(Index code) {
  const auto byte = [](Index value) { return static_cast<char>(value); };
  const auto rest = [&](int shift) { return byte(0x80 | (code >> shift & 0x3f)); };
  std::string text;
  if (code < 0 || code > 0x10ffff) return text;
  if (code < 0x80)
    text = {byte(code)};
  else if (code < 0x800)
    text = {byte(0xc0 | code >> 6), rest(0)};
  else if (code < 0x10000)
    text = {byte(0xe0 | code >> 12), rest(6), rest(0)};
  else
    text = {byte(0xf0 | code >> 18), rest(12), rest(6), rest(0)};
  return printable(text) == text ? text : "";
}

}  // namespace scanline::datasets
