#include "scanline/train/commands/command.hpp"

#include <fmt/format.h>

namespace scanline::train {
namespace {

void read_one(const Field& field, const std::string& value) {
  const std::string label = field.is_positional ? field.name : "--" + field.name;
  if (value.empty()) throw UsageError(label + ": expected a value, found an empty text");
  try {
    field.read(value);
  } catch (const Error& error) {
    throw UsageError(fmt::format("{}: {}", label, error.what()));
  }
}

}  // namespace

FoundSettings found_settings(const Arguments& arguments) {
  FoundSettings found;
  for (const auto& [name, values] : arguments) {
    const std::string where = "--" + name;
    if (values.back().empty()) throw UsageError(where + ": expected a value, found an empty text");
    found[name] = {.text = values.back(), .where = where, .origin = Setting::Origin::argument};
  }
  return found;
}

void Command::read(const Fields& fields, const Arguments& arguments) {
  for (const Field& field : fields) {
    const auto given = arguments.find(field.name);
    if (given == arguments.end()) continue;
    if (!field.is_list)
      read_one(field, given->second.back());
    else
      for (const std::string& value : given->second) read_one(field, value);
  }
}

Settings Command::values(const Fields& fields) const {
  Settings result;
  for (const Field& field : fields) result.emplace(field.name, field.text());
  return result;
}

}  // namespace scanline::train
