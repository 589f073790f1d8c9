#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "scanline/train/child_process.hpp"
#include "scanline/train/directory_lock.hpp"
#include "scanline/train/progress.hpp"
#include "scanline/train/stop_request.hpp"
#include "scanline/train/sweep_plan.hpp"

namespace scanline::train {

/// Trains the runs of a sweep, several at once, each in a process of its own. While it exists, no
/// other process can train them.
class Sweep {
 public:
  /// Writes the file of the sweep and a config.toml for each run, where they do not exist.
  /// @throws Error when one cannot be written, or another process trains this sweep.
  Sweep(const std::filesystem::path& directory, const SweepLists& lists, SweepPlan plan);

  /// Trains all runs that are not finished, `jobs` at once. A run that was interrupted continues;
  /// one that fails does not keep the others from being trained. Returns 0 when all are finished, 1
  /// when one failed, and 128 plus the number of the signal that ended the sweep, after the runs
  /// have saved their checkpoints. @throws Error when a process cannot be started.
  int train(int jobs, Progress& progress, const StopRequest& stop);

  /// The directory.
  const std::filesystem::path& path() const { return path_; }
  /// The table of all runs, the best on validation first, for a terminal of `width` columns if
  /// there is one.
  std::string table(std::optional<std::size_t> width) const;

 private:
  using Clock = std::chrono::steady_clock;
  /// A run that is being trained.
  struct Active {
    std::size_t run;
    Clock::time_point start;
    std::unique_ptr<ChildProcess> process;
  };

  std::filesystem::path log_of(const PlannedRun& run) const { return path_ / (run.name + ".log"); }
  /// Starts runs that wait, until `jobs` are active.
  void start_some(std::size_t jobs, std::vector<std::size_t>& waiting,
                  std::vector<Active>& active) const;
  Active start(std::size_t run, std::size_t at_once) const;
  /// Notes what became of a run that has ended.
  void settle(const Active& active, int status, Progress& progress);
  /// The epochs that are done, in all runs.
  double done_epochs() const;
  /// "3/10 runs", and the time that is left if it can be told.
  std::string standing() const;

  std::filesystem::path path_;
  DirectoryLock lock_;
  std::vector<PlannedRun> runs_;
  std::map<std::string, std::string> failures_;  // what went wrong, by the name of the run
  std::size_t ended_ = 0;                        // runs that are finished or failed
  double epochs_ = 0;                            // of all runs
  double epochs_before_ = 0;                     // that were done when training began
  Clock::time_point start_;
};

/// The number of runs to train at once on `cores` cores, where each shall have `threads` threads;
/// 0: as many as are fastest.
int default_jobs(int cores, int threads);

}  // namespace scanline::train
