#include "train/run_directory.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>
#include <sstream>
#include <system_error>

#include "framework/core/error.hpp"
#include "framework/io/atomic_file.hpp"
#include "framework/io/checkpoint.hpp"
#include "train/report/report.hpp"

namespace scanline::train {
namespace {

namespace fs = std::filesystem;

/// What a checkpoint is called until it is complete and the older ones have made room.
constexpr const char* next_checkpoint = "next.checkpoint";

[[noreturn]] void fail(const fs::path& path, const std::string& what) {
  throw Error(fmt::format("{}: {}", path.string(), what));
}

fs::path make_numbered(const fs::path& parent, const std::string& model) {
  std::error_code error;
  fs::create_directories(parent, error);
  if (error) fail(parent, fmt::format("cannot make the directory: {}", error.message()));
  for (int number = 1;; ++number) {
    const fs::path path = parent / fmt::format("{}-{}", model, number);
    // The system makes a directory for one caller only; the other goes on to the next number.
    if (fs::create_directory(path, error)) return path;
    if (error) fail(path, fmt::format("cannot make the directory: {}", error.message()));
  }
}

fs::path make_named(const fs::path& path, bool exist_ok) {
  std::error_code error;
  if (fs::create_directories(path, error)) return path;
  if (error || !fs::is_directory(path))
    fail(path, fmt::format("cannot make the directory: {}",
                           error ? error.message() : "something else has that name"));
  if (!exist_ok && !fs::is_empty(path))
    fail(path, "expected a new or empty directory, found files in it (--exist-ok overwrites them)");
  return path;
}

void rename_file(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::rename(from, to, error);
  if (error) fail(to, fmt::format("cannot be written: {}", error.message()));
}

}  // namespace

RunDirectory RunDirectory::make(const fs::path& directory, const std::string& model,
                                bool exist_ok) {
  RunDirectory result(directory.empty() ? make_numbered("runs", model)
                                        : make_named(directory, exist_ok));
  // What a killed run left there would be taken for this one's.
  io::remove_abandoned_files(result.path());
  std::vector<fs::path> files = result.checkpoint_files();
  files.insert(files.end(),
               {result.model_file(), result.best_file(), result.path() / next_checkpoint});
  for (const std::string& name : report_files()) files.push_back(result.path() / name);
  std::error_code ignored;
  for (const fs::path& file : files) fs::remove(file, ignored);
  result.restore_metrics("");
  return result;
}

RunDirectory RunDirectory::open(const fs::path& directory) {
  std::error_code error;
  if (!fs::is_regular_file(config_file(directory), error))
    fail(directory, "expected a run directory with a config.toml, found none");
  RunDirectory result(directory);
  io::remove_abandoned_files(directory);
  fs::remove(directory / next_checkpoint, error);
  std::ostringstream lines;
  lines << std::ifstream(result.metrics_file()).rdbuf();
  result.metrics_ = lines.str();
  return result;
}

void RunDirectory::write_config(const std::string& toml) const {
  io::write_file_atomically(config_file(path_), {toml});
}

void RunDirectory::log(const nlohmann::ordered_json& record) {
  const std::string line = record.dump() + "\n";
  metrics_ += line;
  // Flushed line by line, so that others can follow the run and a crash loses nothing.
  metrics_stream_ << line << std::flush;
  if (!metrics_stream_) fail(metrics_file(), "cannot be written (is the disk full?)");
  if (record.at("kind") == "epoch") write_csv();
}

void RunDirectory::restore_metrics(const std::string& lines) {
  metrics_stream_.close();
  io::write_file_atomically(metrics_file(), {lines});
  metrics_ = lines;
  metrics_stream_.open(metrics_file(), std::ios::app);
  if (!metrics_stream_) fail(metrics_file(), "cannot be written");
  write_csv();
}

void RunDirectory::write_csv() const {
  const std::vector<std::string> columns{"epoch",    "train_loss",   "train_accuracy",
                                         "val_loss", "val_accuracy", "images_per_second",
                                         "seconds"};
  std::string csv = fmt::format("{}\n", fmt::join(columns, ","));
  std::istringstream lines(metrics_);
  for (std::string line; std::getline(lines, line);) {
    const auto record = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (!record.is_object() || record.value("kind", "") != "epoch") continue;
    std::vector<std::string> cells;
    for (const std::string& column : columns) {
      const auto cell = record.find(column);
      // An empty cell where there is no validation.
      cells.push_back(cell == record.end() || cell->is_null() ? "" : cell->dump());
    }
    csv += fmt::format("{}\n", fmt::join(cells, ","));
  }
  io::write_file_atomically(path_ / "metrics.csv", {csv});
}

fs::path RunDirectory::checkpoint_file(int age) const {
  if (age == 0) return path_ / "last.checkpoint";
  if (age == 1) return path_ / "previous.checkpoint";
  return path_ / fmt::format("previous-{}.checkpoint", age);
}

void RunDirectory::save_checkpoint(const io::Safetensors& content, int keep) const {
  // The older ones make room only when the new one is complete and on the disk.
  io::write_checkpoint(path_ / next_checkpoint, content);
  std::error_code error;
  for (int age = keep; fs::exists(checkpoint_file(age), error); ++age)
    fs::remove(checkpoint_file(age), error);
  for (int age = keep - 1; age > 0; --age)
    if (fs::exists(checkpoint_file(age - 1), error))
      rename_file(checkpoint_file(age - 1), checkpoint_file(age));
  rename_file(path_ / next_checkpoint, checkpoint_file(0));
}

std::vector<fs::path> RunDirectory::checkpoint_files() const {
  std::vector<fs::path> result;
  std::error_code error;
  // A crash between two renames leaves a gap, which is never longer than one.
  for (int age = 0;
       fs::exists(checkpoint_file(age), error) || fs::exists(checkpoint_file(age + 1), error);
       ++age)
    if (fs::exists(checkpoint_file(age), error)) result.push_back(checkpoint_file(age));
  return result;
}

}  // namespace scanline::train
