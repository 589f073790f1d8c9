#include "scanline/framework/core/archive.hpp"

#include <fmt/format.h>

#include <type_traits>
#include <utility>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/parse_number.hpp"
#include "scanline/framework/core/printable.hpp"

namespace scanline {

Archive::Archive(Settings values, NamedArrays arrays)
    : is_loading_(true), values_(std::move(values)), arrays_(std::move(arrays)) {}

template <class Number>
void Archive::number(const std::string& name, Number& value, Number low, Number high) {
  if (!is_loading_) {
    if (!values_.emplace(name, fmt::to_string(value)).second)
      throw Error(fmt::format("archive: two values are called '{}'", name));
    return;
  }
  const auto saved = values_.find(name);
  if (saved == values_.end())
    throw Error(fmt::format("expected a saved value called '{}', found none", name));
  const std::string& text = saved->second;
  const std::optional<Number> found = parse_number<Number>(text);
  // Real numbers have no range, and may be NaN.
  const bool is_within = std::is_floating_point_v<Number> || (found >= low && found <= high);
  if (!found || !is_within)
    throw Error(fmt::format("expected a saved value called '{}', found '{}'", name,
                            printable(text, longest_quote)));
  value = *found;
}

void Archive::value(const std::string& name, Index& value, Range<Index> range) {
  number(name, value, range.low, range.high);
}

void Archive::value(const std::string& name, std::uint64_t& value) {
  number(name, value, std::uint64_t{0}, std::numeric_limits<std::uint64_t>::max());
}

void Archive::value(const std::string& name, double& value) { number(name, value, 0.0, 0.0); }

void Archive::arrays(const std::string& prefix, NamedArrays& values) {
  if (is_loading_) {
    values.clear();
    for (const auto& [name, array] : arrays_)
      if (name.starts_with(prefix)) values.emplace(name.substr(prefix.size()), array);
    return;
  }
  for (const auto& [name, array] : values)
    if (!arrays_.emplace(prefix + name, array).second)
      throw Error(fmt::format("archive: two arrays are called '{}'", prefix + name));
}

}  // namespace scanline
