#include "scanline/framework/core/fields.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/parse_number.hpp"
#include "scanline/framework/core/printable.hpp"
#include "scanline/framework/core/suggest.hpp"

namespace scanline {
namespace {

[[noreturn]] void refuse(const std::string& expected, const std::string& found) {
  throw Error(fmt::format("expected {}, found '{}'", expected, printable(found, longest_quote)));
}

template <class Whole>
Whole read_whole(const std::string& text, const Range<Whole>& range) {
  const std::optional<Whole> value = parse_number<Whole>(text);
  if (!value || *value < range.low || *value > range.high)
    refuse(fmt::format("a whole number from {} to {}", range.low, range.high), text);
  return *value;
}

double read_real(const std::string& text, const Range<double>& range) {
  const std::optional<double> value = parse_number<double>(text);
  // Written so that a NaN, which compares false with everything, is refused too.
  if (value && *value <= range.high &&
      (range.low_excluded ? *value > range.low : *value >= range.low))
    return *value;
  refuse(range.low_excluded ? fmt::format("a number above {} and at most {}", range.low, range.high)
                            : fmt::format("a number from {} to {}", range.low, range.high),
         text);
}

void read_named(const Field& field, const std::string& text) {
  if (field.is_optional && text.empty()) return;
  try {
    field.read(text);
  } catch (const Error& error) {
    throw Error(fmt::format("{}: {}", field.name, error.what()));
  }
}

template <class Whole>
Field& bind_whole(Field& field, Whole& value, const Range<Whole>& range) {
  field.placeholder = "N";
  field.text = [&value] { return fmt::to_string(value); };
  field.read = [&value, range](const std::string& text) { value = read_whole(text, range); };
  return field;
}

}  // namespace

bool Field::has_value() const { return !is_optional || !text().empty(); }

Field& Field::checked(std::function<void()> check) {
  read = [before = read, present = text, check = std::move(check)](const std::string& value) {
    const std::string old = present();
    before(value);
    try {
      check();
    } catch (const Error&) {
      if (!old.empty()) before(old);
      throw;
    }
  };
  return *this;
}

Field& Field::not_stored() {
  is_stored = false;
  return *this;
}

Field& Field::changeable() {
  may_change = true;
  return *this;
}

Field& Fields::add(const std::string& name, Field::Kind kind, const std::string& help) {
  if (find(name) != nullptr) throw Error(fmt::format("option {}: declared twice", name));
  Field& field = fields_.emplace_back();
  field.name = name;
  field.kind = kind;
  field.help = help;
  field.group = group_;
  return field;
}

Field& Fields::add(const std::string& name, Index& value, Range<Index> range,
                   const std::string& help) {
  return bind_whole(add(name, Field::Kind::integer, help), value, range);
}

Field& Fields::add(const std::string& name, int& value, Range<int> range, const std::string& help) {
  return bind_whole(add(name, Field::Kind::integer, help), value, range);
}

Field& Fields::add(const std::string& name, std::uint64_t& value, Range<std::uint64_t> range,
                   const std::string& help) {
  return bind_whole(add(name, Field::Kind::integer, help), value, range);
}

Field& Fields::add(const std::string& name, std::optional<double>& value, Range<double> range,
                   const std::string& help) {
  Field& field = add(name, Field::Kind::real, help);
  field.placeholder = "X";
  field.is_optional = true;
  field.text = [&value] { return value ? fmt::to_string(*value) : std::string(); };
  field.read = [&value, range](const std::string& text) { value = read_real(text, range); };
  return field;
}

Field& Fields::add(const std::string& name, double& value, Range<double> range,
                   const std::string& help) {
  Field& field = add(name, Field::Kind::real, help);
  field.placeholder = "X";
  field.text = [&value] { return fmt::to_string(value); };
  field.read = [&value, range](const std::string& text) { value = read_real(text, range); };
  return field;
}

Field& Fields::add(const std::string& name, bool& value, const std::string& help) {
  Field& field = add(name, Field::Kind::flag, help);
  field.text = [&value] { return value ? "true" : "false"; };
  field.read = [&value](const std::string& text) {
    if (text != "true" && text != "false") refuse("true or false", text);
    value = text == "true";
  };
  return field;
}

Field& Fields::add(const std::string& name, std::string& value, const std::string& help) {
  Field& field = add(name, Field::Kind::text, help);
  field.placeholder = "PATH";
  field.text = [&value] { return value; };
  field.read = [&value](const std::string& text) { value = text; };
  return field;
}

Field& Fields::add(const std::string& name, std::string& value, std::vector<std::string> choices,
                   const std::string& help) {
  Field& field = add(name, value, help);
  field.placeholder = "NAME";
  field.choices = std::move(choices);
  field.read = [&value, choices = field.choices](const std::string& text) {
    if (std::find(choices.begin(), choices.end(), text) == choices.end())
      throw Error(fmt::format("expected {}, found '{}'{}", fmt::join(choices, ", "),
                              printable(text, longest_quote), did_you_mean(text, choices)));
    value = text;
  };
  return field;
}

Field& Fields::add_positional(const std::string& name, std::string& value,
                              const std::string& help) {
  Field& field = add(name, value, help).not_stored();
  field.is_positional = true;
  return field;
}

Field& Fields::add_positional(const std::string& name, std::vector<std::string>& values,
                              const std::string& help) {
  Field& field = add(name, Field::Kind::text, help).not_stored();
  field.is_positional = field.is_list = true;
  field.text = [&values] { return fmt::to_string(fmt::join(values, " ")); };
  field.read = [&values](const std::string& text) { values.push_back(text); };
  return field;
}

void Fields::append(const Field& field) {
  if (find(field.name) != nullptr)
    throw Error(fmt::format("option {}: declared twice", field.name));
  fields_.push_back(field);
  if (!group_.empty()) fields_.back().group = group_;
}

void Fields::merge(const Fields& other) {
  for (const Field& field : other) {
    const auto own = std::find_if(fields_.begin(), fields_.end(),
                                  [&](const Field& f) { return f.name == field.name; });
    if (own == fields_.end()) {
      append(field);
      continue;
    }
    if (own->kind != field.kind)
      throw Error(fmt::format("option {}: declared as values of two kinds", field.name));
    read_named(field, own->text());
    own->read = [first = own->read, second = field.read](const std::string& text) {
      first(text);
      second(text);
    };
  }
}

void Fields::read(const Settings& values) const {
  for (const auto& [name, text] : values) {
    const Field* field = find(name);
    if (field == nullptr) throw Error(unknown_name("option", name, names()));
    read_named(*field, text);
  }
}

std::vector<std::string> Fields::names() const {
  std::vector<std::string> result;
  for (const Field& field : fields_) result.push_back(field.name);
  return result;
}

const Field* Fields::find(const std::string& name) const {
  const auto found = std::find_if(fields_.begin(), fields_.end(),
                                  [&](const Field& field) { return field.name == name; });
  return found == fields_.end() ? nullptr : &*found;
}

Settings Fields::settings() const {
  Settings result;
  for (const Field& field : fields_)
    if (field.is_stored && field.has_value()) result.emplace(field.name, field.text());
  return result;
}

}  // namespace scanline
