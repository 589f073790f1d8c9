#pragma once

#include <charconv>
#include <optional>
#include <string_view>
#include <system_error>

namespace scanline {

/// The text as a number, if it is one from its first character to its last: decimal digits, without
/// a plus sign, white space or a decimal comma. It does not depend on the locale.
template <class Number>
std::optional<Number> parse_number(std::string_view text) {
  Number value{};
  const char* const end = text.data() + text.size();
  const auto [parsed, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || parsed != end) return {};
  return value;
}

}  // namespace scanline
