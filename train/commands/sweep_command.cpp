#include "scanline/train/commands/sweep_command.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <system_error>
#include <vector>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/parallel.hpp"
#include "scanline/framework/core/parse_number.hpp"
#include "scanline/framework/core/printable.hpp"
#include "scanline/train/new_directory.hpp"
#include "scanline/train/progress.hpp"
#include "scanline/train/run_summary.hpp"
#include "scanline/train/standard_streams.hpp"
#include "scanline/train/stop_request.hpp"
#include "scanline/train/sweep.hpp"

namespace scanline::train {
namespace {

namespace fs = std::filesystem;

/// Options of `train` that a sweep does not pass on: its own of that name say something else, or a
/// run of a sweep cannot have them.
const std::set<std::string>& withheld_options() {
  static const std::set<std::string> names{"out",         "exist-ok", "resume",   "finish",
                                           "dump-config", "dry-run",  "progress", "quiet"};
  return names;
}

bool is_own(const std::string& option) {
  return option == "jobs" || withheld_options().count(option) > 0;
}

bool is_sweep(const fs::path& directory) {
  std::error_code error;
  return fs::exists(sweep_file(directory), error);
}

bool is_finished(const fs::path& directory, const SweepPlan& plan) {
  return std::all_of(plan.runs.begin(), plan.runs.end(), [&](const PlannedRun& run) {
    return summarize_run(directory / run.name).state == RunState::finished;
  });
}

/// The newest sweep in `runs` that has these values and is not finished; empty where there is none.
fs::path find_unfinished(const SweepLists& lists, const SweepPlan& plan) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator entry("runs", error), end; !error && entry != end;
       entry.increment(error))
    if (is_sweep(entry->path())) names.push_back(entry->path().filename().string());
  std::sort(names.begin(), names.end(),
            [](const std::string& a, const std::string& b) { return is_listed_before(b, a); });
  for (const std::string& name : names) {
    const fs::path directory = fs::path("runs") / name;
    try {
      if (read_sweep(directory) == lists && !is_finished(directory, plan)) return directory;
    } catch (const Error&) {  // it is damaged, and none to continue
    }
  }
  return {};
}

/// Whether nothing is in the directory, or there is none.
bool is_free(const fs::path& directory) {
  std::error_code error;
  return !fs::exists(directory, error) || fs::is_empty(directory, error);
}

}  // namespace

void SweepCommand::declare(Fields& fields) {
  fields.begin_group("Sweep");
  fields.add("out", out_, "Directory of the sweep [runs/sweep-<n>]").not_stored();
  fields.add("resume", resume_, "Continue the sweep in this directory").not_stored();
  fields
      .add("jobs", jobs_, {0, 1024},
           "Runs to train at once; 0: as many as cores, or as many as fit with --threads")
      .not_stored();
  fields.add("dry-run", dry_run_, "Print the names of the runs and do nothing else").not_stored();
  fields.add("quiet", quiet_, "Print no progress").not_stored();
  for (const Field& field : possible_.fields()) {
    if (is_own(field.name)) continue;
    fields.begin_group(field.group);
    fields.append(field);
  }
}

void SweepCommand::read(const Fields& fields, const Arguments& arguments) {
  Arguments own;
  std::vector<std::string> passed;
  for (const auto& [name, values] : arguments) {
    if (is_own(name)) {
      own[name] = values;
      continue;
    }
    passed.push_back("--" + name);
    lists_[name] = listed_values(*possible_.fields().find(name), values.back());
  }
  Command::read(fields, own);
  if (!resume_.empty()) {
    if (!out_.empty()) passed.emplace_back("--out");
    if (!passed.empty())
      throw UsageError(fmt::format("a resumed sweep keeps its options: {} cannot be given",
                                   fmt::join(passed, ", ")));
    lists_ = read_sweep(resume_);
    for (const auto& [name, values] : lists_)
      if (possible_.fields().find(name) == nullptr || is_own(name))
        throw Error(fmt::format("{}: expected options of this program, found '{}'",
                                sweep_file(resume_).string(), printable(name, longest_quote)));
  }
  plan_ = plan_sweep(catalogue_, possible_, lists_);
}

Settings SweepCommand::values(const Fields& fields) const {
  FoundSettings first;
  for (const auto& [name, values] : lists_)
    first[name] = {.text = values.front(), .where = "--" + name};
  const RunOptions options(catalogue_, find_settings(catalogue_, possible_, first));
  Settings result;
  for (const Field& field : fields) {
    const Field* own = is_own(field.name) ? &field : options.fields().find(field.name);
    result[field.name] = own == nullptr ? "" : own->text();
  }
  return result;
}

fs::path SweepCommand::choose_directory() const {
  if (!resume_.empty()) return resume_;
  if (out_.empty()) {
    const fs::path unfinished = find_unfinished(lists_, plan_);
    return unfinished.empty() ? make_numbered_directory("runs", "sweep") : unfinished;
  }
  if (is_sweep(out_)) {
    if (read_sweep(out_) != lists_)
      throw Error(
          fmt::format("{}: expected a sweep with the same options, found another one", out_));
  } else if (!is_free(out_)) {
    throw Error(
        fmt::format("{}: expected a sweep, or a new or empty directory, found other files", out_));
  }
  make_directory(out_);
  return out_;
}

int SweepCommand::run() {
  // A script may have only one seed to train.
  if (plan_.runs.size() == 1 && !lists_.contains("seed") && resume_.empty())
    throw UsageError("sweep: expected an option with several values, such as --seed 1,2,3");
  for (const std::string& where : plan_.unused)
    say(fmt::format("note: {} is not an option of any run", where));
  if (dry_run_) {
    for (const PlannedRun& run : plan_.runs) fmt::print("{}\n", run.name);
    return 0;
  }
  const auto threads = lists_.find("threads");
  int threads_each = 0;
  if (threads != lists_.end())
    for (const std::string& value : threads->second)
      threads_each = std::max(threads_each, parse_number<int>(value).value_or(0));
  const int jobs = jobs_ > 0 ? jobs_ : default_jobs(thread_count(), threads_each);

  const StopRequest stop;
  Progress progress(quiet_ ? ProgressKind::none : progress_kind("auto"));
  Sweep sweep(choose_directory(), lists_, plan_);
  progress.line(fmt::format(
      "{} run{}, {} at once, in {}", plan_.runs.size(), plan_.runs.size() == 1 ? "" : "s",
      std::min(static_cast<std::size_t>(jobs), plan_.runs.size()), sweep.path().string()));
  const int status = sweep.train(jobs, progress, stop);
  progress.clear();
  if (status > 1) {
    say(fmt::format("stopped by {}; go on with: scanline sweep --resume {}", stop.name(),
                    sweep.path().string()));
    return status;
  }
  fmt::print("{}", sweep.table(output_width()));
  flush_standard_output();
  return status;
}

}  // namespace scanline::train
