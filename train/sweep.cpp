#include "scanline/train/sweep.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

#include "scanline/framework/core/parallel.hpp"
#include "scanline/framework/core/parse_number.hpp"
#include "scanline/framework/core/printable.hpp"
#include "scanline/framework/io/atomic_file.hpp"
#include "scanline/train/new_directory.hpp"
#include "scanline/train/run_summary.hpp"
#include "scanline/train/runs_table.hpp"

namespace scanline::train {
namespace {

namespace fs = std::filesystem;
using std::chrono::seconds;

constexpr std::chrono::milliseconds pause{50};     // between looks at the processes
constexpr std::chrono::seconds between_lines{60};  // where no run ends meanwhile

/// What a run said last.
std::string last_line(const fs::path& log) {
  std::ifstream file(log);
  std::string last;
  for (std::string line; std::getline(file, line);)
    if (!line.empty()) last = line;
  return printable(last, longest_quote);
}

double epochs_of(const RunSummary& run) {
  return parse_number<double>(run.option("epochs")).value_or(0);
}

}  // namespace

Sweep::Sweep(const fs::path& directory, const SweepLists& lists, SweepPlan plan)
    : path_(directory), lock_(directory), runs_(std::move(plan.runs)) {
  std::error_code error;
  io::remove_abandoned_files(path_);
  if (!fs::exists(sweep_file(path_), error)) write_sweep(path_, lists);
  for (const PlannedRun& run : runs_) {
    const fs::path config = path_ / run.name / "config.toml";
    if (fs::exists(config, error)) continue;
    make_directory(path_ / run.name);
    io::write_file_atomically(config, {run.config});
  }
}

void Sweep::start_some(std::size_t jobs, std::vector<std::size_t>& waiting,
                       std::vector<Active>& active) const {
  while (active.size() < jobs) {
    // The processes of a sweep that was killed may take a moment to end.
    const auto next = std::find_if(waiting.begin(), waiting.end(), [&](std::size_t run) {
      return !DirectoryLock::is_held(path_ / runs_[run].name);
    });
    if (next == waiting.end()) return;
    active.push_back(start(*next, std::min(jobs, active.size() + waiting.size())));
    waiting.erase(next);
  }
}

Sweep::Active Sweep::start(std::size_t run, std::size_t at_once) const {
  // Absolute, so that it cannot be taken for an option.
  const fs::path directory = fs::absolute(path_ / runs_[run].name);
  std::vector<std::string> arguments{"train", "--resume", directory.string(), "--progress",
                                     "plain"};
  if (!runs_[run].has_threads) {
    const int threads = thread_count() / static_cast<int>(at_once);
    arguments.insert(arguments.end(), {"--threads", fmt::to_string(std::max(1, threads))});
  }
  return {run, Clock::now(), std::make_unique<ChildProcess>(arguments, log_of(runs_[run]))};
}

void Sweep::settle(const Active& active, int status, Progress& progress) {
  const PlannedRun& planned = runs_[active.run];
  ++ended_;
  if (status != 0) {
    failures_[planned.name] = last_line(log_of(planned));
    progress.line(fmt::format("{}  {} failed with status {}: {}", standing(), planned.name, status,
                              failures_[planned.name]));
    return;
  }
  const RunSummary run = summarize_run(path_ / planned.name);
  const auto best = run.best();
  const double elapsed = std::chrono::duration<double>(Clock::now() - active.start).count();
  progress.line(fmt::format("{}  {}{}{}  {}", standing(), planned.name,
                            best ? fmt::format("  val accuracy {:.4f}", *best->val_accuracy) : "",
                            run.test && run.test->accuracy
                                ? fmt::format("  test accuracy {:.4f}", *run.test->accuracy)
                                : "",
                            format_short_duration(elapsed)));
}

double Sweep::done_epochs() const {
  double done = 0;
  for (const PlannedRun& planned : runs_) {
    const RunSummary run = summarize_run(path_ / planned.name);
    // A run may end before its last epoch.
    const bool is_over = run.state == RunState::finished || failures_.count(planned.name) > 0;
    done += is_over ? epochs_of(run) : static_cast<double>(run.epochs.size());
  }
  return done;
}

std::string Sweep::standing() const {
  const std::string runs = fmt::format("{}/{} runs", ended_, runs_.size());
  const double done = done_epochs(), elapsed_epochs = done - epochs_before_;
  if (elapsed_epochs <= 0 || ended_ == runs_.size()) return runs;
  const double elapsed = std::chrono::duration<double>(Clock::now() - start_).count();
  return fmt::format("{}, about {} left", runs,
                     format_short_duration(elapsed / elapsed_epochs * (epochs_ - done)));
}

int Sweep::train(int jobs, Progress& progress, const StopRequest& stop) {
  std::vector<std::size_t> waiting;
  for (std::size_t i = 0; i < runs_.size(); ++i) {
    const RunSummary run = summarize_run(path_ / runs_[i].name);
    epochs_ += epochs_of(run);
    if (run.state != RunState::finished) waiting.push_back(i);
  }
  ended_ = runs_.size() - waiting.size();
  epochs_before_ = done_epochs();
  start_ = Clock::now();
  Clock::time_point last_shown = start_;
  std::vector<Active> active;
  bool is_stopping = false;
  while (!active.empty() || (!waiting.empty() && stop.signal() == 0)) {
    if (stop.signal() == 0) start_some(static_cast<std::size_t>(jobs), waiting, active);
    if (stop.signal() != 0 && !is_stopping) {
      for (const Active& run : active) run.process->send(stop.signal());
      is_stopping = true;
    }
    std::erase_if(active, [&](const Active& run) {
      const std::optional<int> status = run.process->status();
      if (!status) return false;
      if (!is_stopping || *status == 0) {
        settle(run, *status, progress);
        last_shown = Clock::now();
      }
      return true;
    });
    if (Clock::now() - last_shown >= between_lines) {
      progress.line(standing());
      last_shown = Clock::now();
    }
    std::this_thread::sleep_for(pause);
  }
  // A signal that comes when all is done has nothing to stop.
  if (ended_ < runs_.size()) return 128 + stop.signal();
  return failures_.empty() ? 0 : 1;
}

std::string Sweep::table(std::optional<std::size_t> width) const {
  std::vector<RunSummary> runs;
  for (const PlannedRun& run : runs_) runs.push_back(summarize_run(path_ / run.name));
  std::vector<RunRow> rows = rows_of(runs);
  for (RunRow& row : rows)
    if (failures_.count(row.name) > 0) row.state = "failed";
  sort_rows(rows, "val");
  return rows_as_text(rows, width);
}

// Two threads train a run 1.93 times as fast as one (docs/performance.md), so two runs side by side
// take less time than one after the other.
int default_jobs(int cores, int threads) { return std::max(1, cores / std::max(1, threads)); }

}  // namespace scanline::train
