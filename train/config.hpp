#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace CLI {
class App;
}  // namespace CLI

namespace scanline::train {

/// The options that a run may be resumed with in another way than it was started.
const std::vector<std::string>& changeable_options();

/// The options in a TOML file, as arguments: "--epochs=6". Which there can be is what `command`
/// declares and lets be configured.
/// @throws Error that names the file, and the key where one is unknown.
std::vector<std::string> read_config(const std::filesystem::path& file, const CLI::App& command);

/// The options of `command` as TOML, behind a comment that names the version. The defaults are
/// written too.
std::string to_config(const CLI::App& command);

/// The names of the options whose values are not the same in two configurations.
std::vector<std::string> changed_options(const std::string& before, const std::string& after);

}  // namespace scanline::train
