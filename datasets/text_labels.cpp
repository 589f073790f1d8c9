#include "scanline/datasets/detail/text_labels.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <tuple>
#include <utility>

#include "scanline/framework/core/parse_number.hpp"
#include "scanline/framework/core/printable.hpp"

namespace scanline::datasets {

TextLabels::TextLabels(const std::vector<std::string>& known)
    : names_(known), is_open_(known.empty()) {
  for (std::size_t i = 0; i < names_.size(); ++i)
    numbers_.emplace(names_[i], static_cast<Label>(i));
}

Label TextLabels::find(std::string_view label, const Fail& fail) {
  const auto known = numbers_.find(label);
  if (known != numbers_.end()) return known->second;
  std::string name(label);
  if (!is_open_) fail("a label among the known classes", fmt::format("'{}'", name));
  if (name.empty() || printable(name, longest_quote) != name)
    fail(fmt::format("a printable label in UTF-8 of 1 to {} bytes", longest_quote),
         fmt::format("'{}'", name));
  if (names_.size() == most_classes)
    fail(fmt::format("at most {} classes", most_classes), "another one");
  const auto number = static_cast<Label>(names_.size());
  numbers_.emplace(name, number);
  names_.push_back(std::move(name));
  return number;
}

void TextLabels::name_classes(Dataset& dataset) const {
  dataset.class_names = names_;
  if (!is_open_) return;
  // Names with their numbers, where all have one, and their former places.
  std::vector<std::tuple<Index, std::string, std::size_t>> order;
  bool are_numbers = true;
  for (const std::string& name : names_) {
    const std::optional<Index> number = parse_number<Index>(name);
    are_numbers = are_numbers && number;
    order.emplace_back(number.value_or(0), name, order.size());
  }
  if (!are_numbers)
    for (auto& entry : order) std::get<0>(entry) = 0;
  std::sort(order.begin(), order.end());
  std::vector<Label> places(order.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    dataset.class_names[i] = std::get<1>(order[i]);
    places[std::get<2>(order[i])] = static_cast<Label>(i);
  }
  for (Label& label : dataset.labels) label = places[label];
}

}  // namespace scanline::datasets
