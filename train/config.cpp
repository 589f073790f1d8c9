#include "scanline/train/config.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <toml++/toml.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <optional>
#include <set>
#include <span>
#include <string_view>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/input_file.hpp"
#include "scanline/framework/core/printable.hpp"
#include "scanline/framework/core/shape.hpp"
#include "scanline/train/run_directory.hpp"
#include "scanline/framework/core/suggest.hpp"

namespace scanline::train {
namespace {

namespace fs = std::filesystem;

constexpr Index largest_file = 1'000'000;

/// What an option's value is, in TOML's terms.
enum class Kind { flag, integer, real, text };

Kind kind_of(const CLI::Option& option) {
  if (option.get_items_expected_max() == 0) return Kind::flag;
  // The names are CLI11's own; those of validators may follow after a colon.
  const std::string type = option.get_type_name();
  const std::string name = type.substr(0, type.find(':'));
  if (name == "INT" || name == "UINT") return Kind::integer;
  return name == "FLOAT" ? Kind::real : Kind::text;
}

/// The options that a configuration can hold, by name.
std::map<std::string, const CLI::Option*> configurable(const CLI::App& command) {
  std::map<std::string, const CLI::Option*> options;
  for (const CLI::Option* option : command.get_options())
    if (option->get_configurable() && !option->get_lnames().empty())
      options.emplace(option->get_lnames().front(), option);
  return options;
}

std::string value_of(const CLI::Option& option) {
  const std::string text = option.count() > 0 ? option.results().back() : option.get_default_str();
  const Kind kind = kind_of(option);
  // The parser keeps what was typed: --quiet=1 means true.
  if (kind == Kind::flag)
    return !text.empty() && CLI::detail::to_flag_value(text) > 0 ? "true" : "false";
  double number = 0;
  if (kind == Kind::real && CLI::detail::lexical_cast(text, number)) return fmt::to_string(number);
  return text;
}

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

std::string to_toml(const CLI::Option& option) {
  const std::string text = value_of(option);
  const Kind kind = kind_of(option);
  const std::string string = quoted(text);
  // A seed may be larger than the integers of TOML.
  if (kind == Kind::integer && !is_toml(text)) return string;
  if (kind != Kind::text) return text;
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
    std::string text(static_cast<std::size_t>(input.size()), '\0');
    text.resize(input.read(std::as_writable_bytes(std::span(text))));
    return text;
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

/// The value of an option as an argument has it; nothing where it is not of the option's kind.
std::optional<std::string> to_argument(Kind kind, const toml::node& node) {
  if (const auto* text = node.as_string()) {
    // Numbers in quotes are looked at by the command line.
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

const char* name_of(Kind kind) {
  switch (kind) {
    case Kind::flag: return "true or false";
    case Kind::integer: return "a whole number";
    case Kind::real: return "a number";
    case Kind::text: return "a string";
  }
  return "";
}

}  // namespace

bool is_changeable(const std::string& option) {
  static const std::set<std::string> names{"threads",   "data",      "progress", "quiet",
                                           "epochs",    "max-steps", "max-time", "save-every",
                                           "keep-last", "log-every"};
  return names.count(option) > 0;
}

std::map<std::string, std::string> option_values(const CLI::App& command) {
  std::map<std::string, std::string> values;
  for (const auto& [name, option] : configurable(command)) values.emplace(name, value_of(*option));
  return values;
}

std::vector<std::string> changed_options(const std::map<std::string, std::string>& before,
                                         const std::map<std::string, std::string>& after) {
  std::vector<std::string> changed;
  for (const auto& [name, value] : after)
    if (const auto found = before.find(name); found == before.end() || found->second != value)
      changed.push_back(name);
  for (const auto& [name, value] : before)
    if (after.count(name) == 0) changed.push_back(name);
  return changed;
}

std::vector<std::string> read_config(const fs::path& file, const CLI::App& command,
                                     ConfigContent content) {
  const Reader reader(file);
  const toml::table table = reader.parse();
  const std::map<std::string, const CLI::Option*> options = configurable(command);
  std::vector<std::string> names;
  for (const auto& [name, option] : options) names.push_back(name);

  std::vector<std::string> arguments;
  for (const auto& [key, node] : table) {
    const std::string name(key.str());
    const auto option = options.find(name);
    if (option == options.end()) {
      const std::string close = nearest(name, names);
      reader.fail(fmt::format("unknown option '{}'{}", printable(name, longest_quote),
                              close.empty() ? "" : fmt::format(" (did you mean {}?)", close)));
    }
    const Kind kind = kind_of(*option->second);
    const std::optional<std::string> value = to_argument(kind, node);
    if (!value)
      reader.fail(fmt::format("line {}: {}: expected {}, found something else",
                              node.source().begin.line, name, name_of(kind)));
    // Only a path may be empty, for one that was not given.
    if (value->empty() && !option->second->get_default_str().empty())
      reader.fail(fmt::format("line {}: {}: expected {}, found an empty text",
                              node.source().begin.line, name, name_of(kind)));
    if (!value->empty()) arguments.push_back(fmt::format("--{}={}", name, *value));
  }
  if (content == ConfigContent::all) {
    std::vector<std::string> missing;
    for (const std::string& name : names)
      if (!table.contains(name)) missing.push_back(name);
    if (!missing.empty())
      reader.fail(fmt::format("expected all options of a run, found none called {}",
                              fmt::join(missing, ", ")));
  }
  return arguments;
}

TrainOptions read_run_options(const fs::path& directory, const models::Table& table) {
  const fs::path file = RunDirectory::find_config(directory);
  CLI::App command;
  TrainOptions options;
  add_train_options(command, options, table);
  std::vector<std::string> arguments = read_config(file, command);
  std::reverse(arguments.begin(), arguments.end());  // the order in which the parser wants them
  try {
    command.parse(std::move(arguments));
  } catch (const CLI::ParseError& error) {
    throw Error(fmt::format("{}: {}", file.string(), error.what()));
  }
  return options;
}

std::string to_config(const CLI::App& command) {
  std::string text = "# scanline " SCANLINE_VERSION "\n";
  // In the order in which they were declared.
  for (const CLI::Option* option : command.get_options())
    if (option->get_configurable() && !option->get_lnames().empty())
      text += fmt::format("{}={}\n", option->get_lnames().front(), to_toml(*option));
  return text;
}

}  // namespace scanline::train
