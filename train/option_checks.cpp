#include "scanline/train/detail/option_checks.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>
#include <system_error>

#include "scanline/framework/core/suggest.hpp"

namespace scanline::train {
namespace {

/// The text as a number, where it is one from its first character to its last.
template <class Number>
std::optional<Number> parse(std::string_view text) {
  Number value{};
  const char* end = text.data() + text.size();
  const auto [parsed, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || parsed != end) return {};
  return value;
}

}  // namespace

CLI::Validator number_within(double low, double high, bool low_excluded) {
  const auto check = [=](const std::string& text) -> std::string {
    const std::optional<double> value = parse<double>(text);
    // Written so that a NaN, which compares false with everything, is refused too.
    if (value && *value <= high && (low_excluded ? *value > low : *value >= low)) return {};
    const std::string range = low_excluded ? fmt::format("above {} and at most {}", low, high)
                                           : fmt::format("from {} to {}", low, high);
    return fmt::format("expected a number {}, found '{}'", range, text);
  };
  return {check, "", "number_within"};
}

CLI::Validator whole_number(std::uint64_t low, std::uint64_t high) {
  const auto check = [=](std::string& text) -> std::string {
    const std::optional<std::uint64_t> value = parse<std::uint64_t>(text);
    if (!value || *value < low || *value > high)
      return fmt::format("expected a whole number from {} to {}, found '{}'", low, high, text);
    text = fmt::to_string(*value);
    return {};
  };
  return {check, "", "whole_number"};
}

CLI::Validator one_of(const std::vector<std::string>& names) {
  const auto check = [=](const std::string& text) -> std::string {
    if (std::find(names.begin(), names.end(), text) != names.end()) return {};
    const std::string close = nearest(text, names);
    return fmt::format("expected {}, found '{}'{}", fmt::join(names, ", "), text,
                       close.empty() ? "" : fmt::format(" (did you mean {}?)", close));
  };
  return {check, fmt::format("{{{}}}", fmt::join(names, ",")), "one_of"};
}

CLI::Validator not_empty() {
  const auto check = [](const std::string& text) -> std::string {
    return text.empty() ? "expected a value, found an empty text" : "";
  };
  return {check, "", "not_empty"};
}

}  // namespace scanline::train
