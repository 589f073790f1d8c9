#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "scanline/train/catalogue.hpp"
#include "scanline/train/run_options.hpp"

namespace scanline::train {

/// The values of the options of a sweep by name, at least one of each. Those that are not named
/// have their defaults.
using SweepLists = std::map<std::string, std::vector<std::string>>;

/// The most runs of a sweep.
inline constexpr std::size_t most_sweep_runs = 10'000;

/// The values that the text lists for an option: they are separated by commas, and `1..5` stands
/// for whole numbers. A backslash before a comma makes the comma a part of the value, and all
/// commas are a part of notes. Equal values have equal text.
/// @throws UsageError that names the option, for a value that it cannot have or that is listed
/// twice.
std::vector<std::string> listed_values(const Field& field, const std::string& text);

/// A run of a sweep.
struct PlannedRun {
  std::string name;    ///< The values in which it differs, such as "lr=0.001,seed=2": a file name.
  std::string config;  ///< The content of its config.toml.
  bool has_threads;    ///< Whether the number of its threads was given.
};

/// All combinations of the values, the seed varying fastest.
struct SweepPlan {
  std::vector<PlannedRun> runs;  ///< At least one.
  std::set<std::string> unused;  ///< Places of options that no run has and that were ignored.
};

/// Makes the plan for these values.
/// @throws UsageError for more than `most_sweep_runs`, or for values that cannot be combined, which
///   names the run, and Error for a configuration that cannot be read.
SweepPlan plan_sweep(const Catalogue& catalogue, const PossibleOptions& possible,
                     const SweepLists& lists);

/// The file of a sweep that says what its values are.
std::filesystem::path sweep_file(const std::filesystem::path& directory);
/// Writes that file, atomically. @throws Error when that fails or a value is not UTF-8.
void write_sweep(const std::filesystem::path& directory, const SweepLists& lists);
/// Reads that file. @throws Error when it does not exist or is damaged.
SweepLists read_sweep(const std::filesystem::path& directory);

}  // namespace scanline::train
