#include "scanline/train/run_summary.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <span>
#include <string_view>
#include <system_error>
#include <utility>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/input_file.hpp"
#include "scanline/framework/core/parse_number.hpp"
#include "scanline/train/config.hpp"
#include "scanline/train/directory_lock.hpp"

namespace scanline::train {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

std::optional<double> number(const Json& record, const char* key) {
  const auto found = record.find(key);
  if (found == record.end() || !found->is_number()) return {};
  return found->get<double>();
}

Index count(const Json& record, const char* key) {
  const auto found = record.find(key);
  return found == record.end() || !found->is_number_integer() ? 0 : found->get<Index>();
}

/// Reads the lines of metrics.jsonl into a summary.
class LogReader {
 public:
  explicit LogReader(RunSummary& run) : run_(run), file_(run.path / "metrics.jsonl") {}

  void read() {
    const std::string text = InputFile(file_, "the records of a run").read_to_end();
    std::string_view rest = text;
    std::string epochs;
    // A line without an end is being written, or was when the process was killed.
    for (Index number = 1; rest.find('\n') != std::string_view::npos; ++number) {
      const std::string_view line = rest.substr(0, rest.find('\n'));
      rest.remove_prefix(line.size() + 1);
      // There may be millions of these.
      if (line.starts_with(R"({"kind":"step",)") && line.ends_with('}')) continue;
      if (read_line(number, line) == "epoch") epochs.append(line).append("\n");
    }
    run_.epochs = read_epochs(epochs);
  }

 private:
  /// Returns the kind of the record.
  std::string read_line(Index number, std::string_view line) {
    const Json record = Json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (!record.is_object() || !record.contains("kind") || !record["kind"].is_string()) {
      if (run_.problem.empty())
        run_.problem = fmt::format("{}: line {}: expected a record in JSON, found something else",
                                   file_.string(), number);
      return "";
    }
    const auto kind = record["kind"].get<std::string>();
    if (kind == "test")
      run_.test = TestFigures{.accuracy = train::number(record, "accuracy"),
                              .loss = train::number(record, "loss"),
                              .correct = count(record, "correct"),
                              .total = count(record, "total")};
    // Whatever is recorded after the last epoch ends the run.
    run_.state = kind == "step" || kind == "epoch" ? RunState::interrupted : RunState::finished;
    return kind;
  }

  RunSummary& run_;
  fs::path file_;
};

std::time_t last_change(const fs::path& file) {
  struct stat status {};
  return stat(file.c_str(), &status) == 0 ? status.st_mtime : 0;
}

bool is_run(const fs::path& directory) {
  std::error_code error;
  return fs::exists(directory / "config.toml", error);
}

/// The directories in a folder, in no order. @throws Error when it cannot be read.
std::vector<fs::path> directories_in(const fs::path& folder) {
  std::vector<fs::path> result;
  std::error_code error, ignored;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error))
    if (entry->is_directory(ignored)) result.push_back(entry->path());
  if (error)
    throw Error(fmt::format("{}: expected a run or a folder of runs, which cannot be read: {}",
                            folder.string(), error.message()));
  return result;
}

/// The name of a run given by its own path, which may be "." or end in a slash.
std::string own_name(const fs::path& run) {
  std::error_code error;
  const fs::path full = fs::weakly_canonical(run, error);
  return (error ? run : full).filename().string();
}

/// The runs in a folder and in its folders, each with its name.
std::vector<std::pair<std::string, fs::path>> runs_in(const fs::path& path) {
  if (is_run(path)) return {{own_name(path), path}};
  std::vector<std::pair<std::string, fs::path>> result;
  const auto add = [&](const fs::path& run) {
    result.emplace_back(run.lexically_relative(path).string(), run);
  };
  for (const fs::path& directory : directories_in(path)) {
    if (is_run(directory)) {
      add(directory);
      continue;
    }
    std::error_code error;  // of a directory that is none of ours
    for (fs::directory_iterator entry(directory, error), end; !error && entry != end;
         entry.increment(error))
      if (is_run(entry->path())) add(entry->path());
  }
  return result;
}

}  // namespace

const char* name_of(RunState state) {
  switch (state) {
    case RunState::running: return "running";
    case RunState::finished: return "finished";
    case RunState::interrupted: return "interrupted";
  }
  return "";
}

std::string RunSummary::option(const std::string& name) const {
  const auto found = options.find(name);
  return found == options.end() ? "" : found->second;
}

std::optional<EpochFigures> RunSummary::best() const {
  std::optional<EpochFigures> result;
  for (const EpochFigures& epoch : epochs)
    if (epoch.val_accuracy && (!result || is_better(epoch, *result))) result = epoch;
  return result;
}

double RunSummary::seconds() const {
  double result = 0;
  for (const EpochFigures& epoch : epochs)
    if (epoch.seconds > 0) result += epoch.seconds;
  return result;
}

RunSummary summarize_run(const fs::path& directory) {
  RunSummary run;
  run.name = own_name(directory);
  run.path = directory;
  // Before the files are read: a run that ends meanwhile is then at worst shown as running.
  const bool is_running = DirectoryLock::is_held(directory);
  try {
    run.options = read_all_options(directory / "config.toml");
  } catch (const Error& error) {
    run.problem = error.what();
  }
  const fs::path log = directory / "metrics.jsonl";
  std::error_code error;
  // A run that is only just begun has none.
  if (fs::exists(log, error)) {
    try {
      LogReader(run).read();
    } catch (const Error& failure) {
      if (run.problem.empty()) run.problem = failure.what();
    }
  }
  run.date = last_change(log);
  if (is_running) run.state = RunState::running;
  return run;
}

std::vector<RunSummary> summarize_runs(const std::vector<fs::path>& paths) {
  std::vector<RunSummary> runs;
  std::map<std::string, int> uses;  // of each name
  std::set<fs::path> known;
  for (const fs::path& path : paths)
    for (const auto& [name, directory] : runs_in(path)) {
      std::error_code error;
      if (!known.insert(fs::weakly_canonical(directory, error)).second) continue;
      runs.push_back(summarize_run(directory));
      runs.back().name = name;
      ++uses[name];
    }
  for (RunSummary& run : runs)
    if (uses[run.name] > 1) run.name = run.path.string();
  std::sort(runs.begin(), runs.end(), [](const RunSummary& a, const RunSummary& b) {
    return is_listed_before(a.name, b.name);
  });
  return runs;
}

bool is_listed_before(const std::string& a, const std::string& b) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  std::string_view left = a, right = b;
  char previous = 0;
  while (!left.empty() && !right.empty()) {
    // Digits of a fraction are compared one by one: 0.01 is more than 0.003.
    if (is_digit(left.front()) && is_digit(right.front()) && previous != '.' &&
        !is_digit(previous)) {
      const auto take_number = [&](std::string_view& text) {
        text.remove_prefix(std::min(text.find_first_not_of('0'), text.size()));
        const auto end = std::find_if_not(text.begin(), text.end(), is_digit);
        const std::string_view digits =
            text.substr(0, static_cast<std::size_t>(end - text.begin()));
        text.remove_prefix(digits.size());
        return digits;
      };
      const std::string_view m = take_number(left), n = take_number(right);
      if (m.size() != n.size()) return m.size() < n.size();
      if (m != n) return m < n;
      previous = 0;
      continue;
    }
    if (left.front() != right.front()) return left.front() < right.front();
    previous = left.front();
    left.remove_prefix(1);
    right.remove_prefix(1);
  }
  if (left.empty() != right.empty()) return left.empty();
  return a < b;  // such as "run-1" and "run-01"
}

std::string utc_time(std::time_t time) {
  std::tm fields{};
  if (time == 0 || gmtime_r(&time, &fields) == nullptr) return "";
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &fields);
  return text.data();
}

nlohmann::ordered_json to_record(const RunSummary& run) {
  using Record = nlohmann::ordered_json;
  const auto or_null = [](const auto& value) { return value ? Record(*value) : Record(); };
  const auto text_or_null = [](const std::string& text) {
    return text.empty() ? Record() : Record(text);
  };
  const auto whole = [&](const char* name) {
    return or_null(parse_number<std::uint64_t>(run.option(name)));
  };
  const std::optional<EpochFigures> best = run.best();
  Record test;
  if (run.test)
    test = {{"accuracy", or_null(run.test->accuracy)},
            {"loss", or_null(run.test->loss)},
            {"correct", run.test->correct},
            {"total", run.test->total}};
  return {{"name", run.name},
          {"path", run.path.string()},
          {"model", text_or_null(run.option("model"))},
          {"recipe", text_or_null(run.option("recipe"))},
          {"options", run.options},
          {"seed", whole("seed")},
          {"epochs_done", run.epochs.size()},
          {"epochs", whole("epochs")},
          {"val_accuracy", best ? or_null(best->val_accuracy) : Record()},
          {"val_epoch", best ? Record(best->epoch) : Record()},
          {"test_accuracy", run.test ? or_null(run.test->accuracy) : Record()},
          {"test", test},
          {"seconds", run.seconds()},
          {"state", name_of(run.state)},
          {"date", text_or_null(utc_time(run.date))},
          {"notes", run.option("notes")},
          {"problem", text_or_null(run.problem)}};
}

}  // namespace scanline::train
