#include "scanline/train/config.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <toml++/toml.h>

#include <algorithm>
#include <optional>
#include <span>
#include <string_view>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/input_file.hpp"
#include "scanline/framework/core/printable.hpp"
#include "scanline/framework/core/suggest.hpp"

namespace scanline::train {
namespace {

namespace fs = std::filesystem;

constexpr Index largest_file = 1'000'000;

/// A string of TOML. The text has to be UTF-8.
std::string quoted(const std::string& text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\')
      result += fmt::format("\\{}", c);
    else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
      result += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
    else
      result += c;
  }
  return result + '"';
}

/// Whether it is a value of TOML.
bool is_toml(const std::string& value) {
  try {
    return toml::parse("value=" + value).size() == 1;
  } catch (const toml::parse_error&) {
    return false;
  }
}

std::string to_toml(const Field& field) {
  const std::string text = field.text();
  const std::string string = quoted(text);
  // A seed may be larger than the integers of TOML.
  if (field.kind == Field::Kind::integer && !is_toml(text)) return string;
  if (field.kind != Field::Kind::text) return text;
  if (is_toml(string)) return string;
  // TOML has no string that is not UTF-8, but a file name may be one.
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  return fmt::format("[{}]", fmt::join(bytes, bytes + text.size(), ","));
}

/// Reads one configuration, and knows how to complain of it.
class Reader {
 public:
  explicit Reader(const fs::path& file) : file_(file) {}

  toml::table parse() const {
    const std::string text = read();
    check_lines(text);
    try {
      return toml::parse(text);
    } catch (const toml::parse_error& error) {
      fail(fmt::format("line {}: expected options in TOML: {}", error.source().begin.line,
                       error.description()));
    }
  }

  [[noreturn]] void fail(const std::string& what) const {
    throw Error(fmt::format("{}: {}", file_.string(), what));
  }

 private:
  std::string read() const {
    InputFile input(file_, "a file with options in TOML");
    if (input.size() > largest_file)
      input.fail(fmt::format("at most {} bytes of options", largest_file),
                 fmt::to_string(input.size()));
    return input.read_to_end();
  }

  /// Options are a flat list. Other TOML is refused before the parser sees it, since tables within
  /// tables make a parser recurse as deeply as a file likes.
  void check_lines(std::string_view text) const {
    if (constexpr std::string_view mark = "\xef\xbb\xbf"; text.starts_with(mark))
      text.remove_prefix(mark.size());
    Index number = 1;
    for (; !text.empty(); ++number) {
      const std::size_t end = std::min(text.find('\n'), text.size());
      check_line(number, text.substr(0, end));
      text.remove_prefix(std::min(end + 1, text.size()));
    }
  }

  void check_line(Index number, std::string_view line) const {
    constexpr const char* space = " \t\r";
    constexpr const char* name_characters =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
    const std::string_view quoted_line = line;
    const auto skip = [&](const char* characters) {
      line.remove_prefix(std::min(line.find_first_not_of(characters), line.size()));
    };
    skip(space);
    if (line.empty() || line.front() == '#') return;
    const std::string_view name = line;
    skip(name_characters);
    const bool has_name = line.size() < name.size();
    skip(space);
    const bool has_value = !line.empty() && line.front() == '=';
    if (has_value) line.remove_prefix(1);
    skip(space);
    // An array may hold the bytes of a text, and nothing else.
    bool is_flat = !line.starts_with('{');
    if (line.starts_with('[')) {
      line.remove_prefix(1);
      skip("0123456789, \t");
      is_flat = line.starts_with(']');
    }
    if (!has_name || !has_value || !is_flat)
      fail(fmt::format("line {}: expected the name of an option, '=' and its value, found '{}'",
                       number, printable(quoted_line, longest_quote)));
  }

  const fs::path& file_;
};

/// The value of an option as text; nothing where it is not of the option's kind.
std::optional<std::string> to_text(Field::Kind kind, const toml::node& node) {
  using Kind = Field::Kind;
  if (const auto* text = node.as_string()) {
    // Whether quotes hold a number is found out when it is read.
    // No argument of a process can hold a zero byte.
    if (kind == Kind::flag || (*text)->find('\0') != std::string::npos) return {};
    return **text;
  }
  if (const auto* flag = node.as_boolean(); flag != nullptr && kind == Kind::flag)
    return **flag ? "true" : "false";
  if (const auto* integer = node.as_integer();
      integer != nullptr && (kind == Kind::integer || kind == Kind::real))
    return fmt::to_string(**integer);
  if (const auto* number = node.as_floating_point(); number != nullptr && kind == Kind::real)
    return fmt::to_string(**number);
  if (const auto* bytes = node.as_array(); bytes != nullptr && kind == Kind::text) {
    std::string text;
    for (const toml::node& element : *bytes) {
      const std::int64_t byte = element.value_or(std::int64_t{-1});
      if (byte < 1 || byte > 255) return {};
      text += static_cast<char>(byte);
    }
    return text;
  }
  return {};
}

const char* name_of(Field::Kind kind) {
  switch (kind) {
    case Field::Kind::flag: return "true or false";
    case Field::Kind::integer: return "a whole number";
    case Field::Kind::real: return "a number";
    case Field::Kind::text: return "a string";
  }
  return "";
}

}  // namespace

namespace {

FoundSettings read_settings(const fs::path& file, const Fields& declared, bool refuses_unknown) {
  const Reader reader(file);
  std::vector<std::string> names;
  for (const Field& field : declared)
    if (field.is_stored) names.push_back(field.name);

  FoundSettings settings;
  for (const auto& [key, node] : reader.parse()) {
    const std::string name(key.str());
    const Field* field = declared.find(name);
    if ((field == nullptr || !field->is_stored) && !refuses_unknown) continue;
    if (field == nullptr || !field->is_stored)
      reader.fail(fmt::format("unknown option '{}'{}", printable(name, longest_quote),
                              did_you_mean(name, names)));
    const auto refuse = [&, &node = node](const char* found) {
      reader.fail(fmt::format("line {}: {}: expected {}, found {}", node.source().begin.line, name,
                              name_of(field->kind), found));
    };
    const std::optional<std::string> text = to_text(field->kind, node);
    if (!text) refuse("something else");
    // Only a path may be empty, for one that was not given.
    if (text->empty() && !field->text().empty()) refuse("an empty text");
    settings[name] = {.text = *text,
                      .where = fmt::format("{}: {}", file.string(), name),
                      .origin = Setting::Origin::config};
  }
  return settings;
}

}  // namespace

FoundSettings read_config(const fs::path& file, const Fields& declared) {
  return read_settings(file, declared, /*refuses_unknown=*/true);
}

FoundSettings read_known_options(const fs::path& file, const Fields& declared) {
  return read_settings(file, declared, /*refuses_unknown=*/false);
}

Settings read_all_options(const fs::path& file) {
  using Kind = Field::Kind;
  const Reader reader(file);
  Settings options;
  for (const auto& [key, node] : reader.parse()) {
    std::optional<std::string> text;
    for (const Kind kind : {Kind::text, Kind::flag, Kind::integer, Kind::real})
      if (!text) text = to_text(kind, node);
    if (!text)
      reader.fail(fmt::format("line {}: expected the value of an option, found something else",
                              node.source().begin.line));
    options.emplace(key.str(), *text);
  }
  return options;
}

std::string to_config(const Fields& fields) {
  std::string text = "# scanline " SCANLINE_VERSION "\n";
  for (const Field& field : fields)
    if (field.is_stored && field.has_value())
      text += fmt::format("{}={}\n", field.name, to_toml(field));
  return text;
}

}  // namespace scanline::train
