#pragma once

#include <ctime>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "scanline/framework/core/fields.hpp"
#include "scanline/train/epoch_figures.hpp"

namespace scanline::train {

/// What a run is doing. A run that is neither `running` nor `finished` can be resumed.
enum class RunState { running, finished, interrupted };

/// "running", "finished" or "interrupted".
const char* name_of(RunState state);

/// The result of the test at the end of a run.
struct TestFigures {
  std::optional<double> accuracy,  // none where the test images have no labels
      loss;                        // likewise, or where it is not finite
  Index correct = 0,               // images that were classified correctly
      total = 0;                   // images of the test
};

/// What the files of a run say of it. Its model and checkpoints are not read.
struct RunSummary {
  std::string name;                        ///< The name among the runs that were read with it.
  std::filesystem::path path;              ///< The run directory.
  Settings options;                        ///< All options in config.toml.
  std::vector<EpochFigures> epochs = {};   ///< The epochs that are done, in order.
  std::optional<TestFigures> test = {};    ///< None before the test.
  RunState state = RunState::interrupted;  ///< What the run is doing.
  std::time_t date = 0;      ///< When the last record was written; 0 where none is known.
  std::string problem = {};  ///< What is wrong with a file of the run; empty if nothing is.

  /// The value of an option; empty where the run does not have it.
  std::string option(const std::string& name) const;
  /// The best epoch on validation; none without a validation.
  std::optional<EpochFigures> best() const;
  /// Seconds in the training loop.
  double seconds() const;
};

/// Reads the files of the run in `directory`. Its name is that of the directory. The run may be
/// training meanwhile, which is not disturbed. A damaged file is a `problem` and no error, and the
/// rest is read.
RunSummary summarize_run(const std::filesystem::path& directory);

/// Reads all runs in `paths`, each once. A path is a run, or a folder of runs and of folders of
/// runs, such as sweeps. A name is the path from such a folder, or that of the run's directory.
/// Runs whose names would be equal are called by their whole paths. Runs are ordered by name, in
/// which numbers count as numbers.
/// @throws Error for a path that is not a directory or cannot be read.
std::vector<RunSummary> summarize_runs(const std::vector<std::filesystem::path>& paths);

/// Whether a run called `a` is listed before one called `b`: numbers in the names are compared as
/// numbers, so "lstm-9" comes before "lstm-10".
bool is_listed_before(const std::string& a, const std::string& b);

/// The time as "2026-11-26T09:30:00Z"; empty for 0.
std::string utc_time(std::time_t time);

/// A run as an element of the list that `scanline runs --format json` prints. What is not known is
/// null. Texts are the bytes of the files, which may not be UTF-8.
nlohmann::ordered_json to_record(const RunSummary& run);

}  // namespace scanline::train
