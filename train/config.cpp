#include "train/config.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <fstream>
#include <map>
#include <sstream>

#include "framework/core/error.hpp"
#include "train/suggest.hpp"

namespace scanline::train {
namespace {

std::vector<CLI::ConfigItem> parse(std::istream& toml) {
  return CLI::ConfigTOML().from_config(toml);
}

}  // namespace

const std::vector<std::string>& changeable_options() {
  static const std::vector<std::string> names{"threads",   "data",      "progress", "quiet",
                                              "epochs",    "max-steps", "max-time", "save-every",
                                              "keep-last", "log-every"};
  return names;
}

std::vector<std::string> read_config(const std::filesystem::path& file, const CLI::App& command) {
  std::ifstream stream(file);
  if (!stream) throw Error(fmt::format("{}: cannot be read", file.string()));
  std::vector<std::string> known;
  for (const CLI::Option* option : command.get_options())
    if (option->get_configurable() && !option->get_lnames().empty())
      known.push_back(option->get_lnames().front());
  std::vector<CLI::ConfigItem> items;
  try {
    items = parse(stream);
  } catch (const std::exception& error) {
    throw Error(fmt::format("{}: expected options in TOML: {}", file.string(), error.what()));
  }
  std::vector<std::string> arguments;
  for (const CLI::ConfigItem& item : items) {
    if (!item.parents.empty())
      throw Error(fmt::format("{}: expected options alone, found the table [{}]", file.string(),
                              item.parents.front()));
    if (std::find(known.begin(), known.end(), item.name) == known.end()) {
      const std::string close = nearest(item.name, known);
      throw Error(fmt::format("{}: unknown option '{}'{}", file.string(), item.name,
                              close.empty() ? "" : fmt::format(" (did you mean {}?)", close)));
    }
    if (item.inputs.size() > 1)
      throw Error(fmt::format("{}: {}: expected one value, found {}", file.string(), item.name,
                              item.inputs.size()));
    if (item.inputs.size() == 1 && !item.inputs.front().empty())
      arguments.push_back(fmt::format("--{}={}", item.name, item.inputs.front()));
  }
  return arguments;
}

std::string to_config(const CLI::App& command) {
  return "# scanline " SCANLINE_VERSION "\n" + command.config_to_str(/*default_also=*/true);
}

std::vector<std::string> changed_options(const std::string& before, const std::string& after) {
  const auto values = [](const std::string& config) {
    std::istringstream stream(config);
    std::map<std::string, std::vector<std::string>> result;
    for (const CLI::ConfigItem& item : parse(stream)) result[item.name] = item.inputs;
    return result;
  };
  const auto old_values = values(before), new_values = values(after);
  std::vector<std::string> changed;
  for (const auto& [name, value] : new_values)
    if (const auto found = old_values.find(name);
        found == old_values.end() || found->second != value)
      changed.push_back(name);
  return changed;
}

}  // namespace scanline::train
