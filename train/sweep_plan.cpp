#include "scanline/train/sweep_plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <system_error>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/input_file.hpp"
#include "scanline/framework/core/parse_number.hpp"
#include "scanline/framework/core/printable.hpp"
#include "scanline/framework/io/atomic_file.hpp"
#include "scanline/train/config.hpp"

namespace scanline::train {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse(const Field& field, const std::string& expected,
                         const std::string& found) {
  throw UsageError(fmt::format("--{}: expected {}, found '{}'", field.name, expected,
                               printable(found, longest_quote)));
}

/// The parts between commas.
std::vector<std::string> parts_of(const std::string& text) {
  std::vector<std::string> parts(1);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size() && text[i + 1] == ',')
      parts.back() += text[++i];
    else if (text[i] == ',')
      parts.emplace_back();
    else
      parts.back() += text[i];
  }
  return parts;
}

/// The numbers of "1..5"; the text itself where it is no range.
std::vector<std::string> numbers_of(const Field& field, const std::string& part) {
  const std::size_t dots = part.find("..");
  if (field.kind != Field::Kind::integer || dots == std::string::npos) return {part};
  const auto first = parse_number<std::uint64_t>(part.substr(0, dots));
  const auto last = parse_number<std::uint64_t>(part.substr(dots + 2));
  if (!first || !last || *last < *first || *last - *first >= most_sweep_runs)
    refuse(field,
           fmt::format("a range such as 1..5 with at most {} whole numbers", most_sweep_runs),
           part);
  std::vector<std::string> numbers;
  for (std::uint64_t i = 0; i <= *last - *first; ++i) numbers.push_back(fmt::to_string(*first + i));
  return numbers;
}

/// The value as its field writes it. A value that is refused stays as it is: another row may take
/// it, which is found out when the options of a run are made.
std::string normalized(const Field& field, const std::string& value) {
  try {
    field.read(value);
    return field.text();
  } catch (const Error&) {
    return value;
  }
}

/// A name for a file, of the characters that need no quotes in a shell.
std::string file_name(std::string text) {
  constexpr std::size_t longest = 200;
  for (char& c : text)
    if (std::isalnum(static_cast<unsigned char>(c)) == 0 &&
        std::string_view("._=,+-").find(c) == std::string_view::npos)
      c = '-';
  return text.substr(0, longest);
}

/// The names of options in the order of loops, the outermost first.
std::vector<std::string> loop_order(const SweepLists& lists) {
  std::vector<std::string> names;
  for (const auto& [name, values] : lists)
    if (name != "seed") names.push_back(name);
  if (lists.count("seed") > 0) names.emplace_back("seed");
  return names;
}

/// Of the values of one run.
std::string name_of_run(const SweepLists& lists, const Settings& values) {
  std::string name;
  for (const std::string& option : loop_order(lists))
    if (lists.at(option).size() > 1)
      name += fmt::format("{}{}={}", name.empty() ? "" : ",", option, values.at(option));
  return name.empty() ? "run" : file_name(name);
}

/// The values of every run.
std::vector<Settings> combinations(const SweepLists& lists) {
  std::vector<Settings> result(1);
  for (const std::string& name : loop_order(lists)) {
    const std::vector<std::string>& values = lists.at(name);
    if (values.size() > most_sweep_runs / result.size())
      throw UsageError(fmt::format("--{}: expected at most {} combinations of values, found more",
                                   name, most_sweep_runs));
    std::vector<Settings> longer;
    for (const Settings& combination : result)
      for (const std::string& value : values) {
        longer.push_back(combination);
        longer.back()[name] = value;
      }
    result = std::move(longer);
  }
  return result;
}

FoundSettings as_arguments(const Settings& values) {
  FoundSettings arguments;
  for (const auto& [name, text] : values)
    arguments[name] = {.text = text, .where = "--" + name, .origin = Setting::Origin::argument};
  return arguments;
}

}  // namespace

std::vector<std::string> listed_values(const Field& field, const std::string& text) {
  std::vector<std::string> values;
  const auto add = [&](const std::string& value) {
    if (value.empty()) refuse(field, "values separated by commas", text);
    const std::string read = normalized(field, value);
    if (std::find(values.begin(), values.end(), read) != values.end())
      refuse(field, "each value once", text);
    values.push_back(read);
  };
  if (field.name == "notes") {
    add(text);
    return values;
  }
  for (const std::string& part : parts_of(text))
    for (const std::string& value : numbers_of(field, part)) add(value);
  return values;
}

SweepPlan plan_sweep(const Catalogue& catalogue, const PossibleOptions& possible,
                     const SweepLists& lists) {
  SweepPlan plan;
  std::set<std::string> names;
  const std::vector<Settings> all = combinations(lists);
  for (const Settings& values : all) {
    std::string name = name_of_run(lists, values);
    // Paths may differ in what a name does not show.
    if (!names.insert(name).second) {
      name += fmt::format(",{}", plan.runs.size() + 1);
      names.insert(name);
    }
    try {
      const RunOptions options(catalogue, find_settings(catalogue, possible, as_arguments(values)));
      plan.runs.push_back({.name = name,
                           .config = to_config(options.fields()),
                           .has_threads = options.common().threads > 0});
      plan.unused.insert(options.unused().begin(), options.unused().end());
    } catch (const UsageError& error) {
      if (all.size() == 1) throw;
      throw UsageError(fmt::format("{}: {}", name, error.what()));
    }
  }
  return plan;
}

fs::path sweep_file(const fs::path& directory) { return directory / "sweep.json"; }

void write_sweep(const fs::path& directory, const SweepLists& lists) {
  std::string text;
  try {
    text = nlohmann::ordered_json{{"version", SCANLINE_VERSION}, {"options", lists}}.dump(2);
  } catch (const nlohmann::json::exception&) {
    throw Error(fmt::format("{}: expected values of options in UTF-8, found other bytes",
                            sweep_file(directory).string()));
  }
  io::write_file_atomically(sweep_file(directory), {text, "\n"});
}

SweepLists read_sweep(const fs::path& directory) {
  const fs::path file = sweep_file(directory);
  std::error_code error;
  if (!fs::exists(file, error))
    throw Error(
        fmt::format("{}: expected a sweep with a sweep.json, found none", directory.string()));
  InputFile input(file, "the options of a sweep");
  try {
    auto lists = nlohmann::json::parse(input.read_to_end()).at("options").get<SweepLists>();
    for (const auto& [name, values] : lists)
      if (values.empty()) input.fail("a value of " + printable(name, longest_quote), "none");
    return lists;
  } catch (const nlohmann::json::exception&) {
    input.fail("the options of a sweep in JSON", "something else");
  }
}

}  // namespace scanline::train
