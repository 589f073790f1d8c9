#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "scanline/models/table.hpp"
#include "scanline/train/options.hpp"

namespace CLI {
class App;
}  // namespace CLI

namespace scanline::train {

/// Whether the option of that name may be changed when a run is resumed.
bool is_changeable(const std::string& option);

/// The value of every option of `command` that a configuration can hold, by the option's name:
/// what was parsed, or else the default. Numbers are written in one way only, so equal values have
/// equal text.
std::map<std::string, std::string> option_values(const CLI::App& command);

/// The names of the options that differ between two results of `option_values`, those that only
/// one of the two holds included.
std::vector<std::string> changed_options(const std::map<std::string, std::string>& before,
                                         const std::map<std::string, std::string>& after);

/// Which options a configuration has to hold.
enum class ConfigContent {
  any,  // those that it likes to set
  all   // every one there is: what `to_config` wrote for a run
};

/// The options in a TOML file, as arguments: "--epochs=6". `command` declares which options there
/// are. A text that is empty is left out, as it stands for the default. Text that is not UTF-8 may
/// be given as an array of its bytes, as `to_config` writes it.
/// @throws Error that names the file and what is wrong with it: it is not a regular file of at most
///   a megabyte, is not TOML, holds anything but a list of options, holds an unknown option, holds
///   a value of another type than the option's, or lacks an option although it has to hold `all`.
std::vector<std::string> read_config(const std::filesystem::path& file, const CLI::App& command,
                                     ConfigContent content = ConfigContent::any);

/// The `option_values` of `command` as TOML, after a comment that names the version. `read_config`
/// reads back the same values, whatever bytes a text holds.
std::string to_config(const CLI::App& command);

/// The options of the run in `directory`; `table` has the models that there are.
/// @throws Error when its config.toml is missing, or is not that of a run.
TrainOptions read_run_options(const std::filesystem::path& directory, const models::Table& table);

/// All options of a run, resolved.
struct Config {
  /// As `option_values` gives them.
  std::map<std::string, std::string> values;
  /// As they stand in the run's config.toml.
  std::string toml;
};

}  // namespace scanline::train
