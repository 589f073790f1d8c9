#pragma once

#include <filesystem>
#include <fstream>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "framework/io/safetensors.hpp"

namespace scanline::train {

/// The directory that a run leaves behind, and the names of what lies in it.
class RunDirectory {
 public:
  /// Makes `directory`, or `runs/<model>-<n>` with the lowest free number if it is empty. Two runs
  /// that start at the same moment get two directories. What an earlier run left in a directory
  /// that is to be used again is removed.
  /// @throws Error when it cannot be made, or holds anything already and `exist_ok` is not set.
  static RunDirectory make(const std::filesystem::path& directory, const std::string& model,
                           bool exist_ok);
  /// The directory of a run that was stopped or has ended. Half-written files are removed.
  /// @throws Error when there is none.
  static RunDirectory open(const std::filesystem::path& directory);

  /// The directory.
  const std::filesystem::path& path() const { return path_; }
  /// All options of the run in `directory`, as TOML.
  static std::filesystem::path config_file(const std::filesystem::path& directory) {
    return directory / "config.toml";
  }
  /// The weights after the last step.
  std::filesystem::path model_file() const { return path_ / "model.safetensors"; }
  /// The weights that did best on validation.
  std::filesystem::path best_file() const { return path_ / "best.safetensors"; }

  /// Writes config.toml. @throws Error when that fails.
  void write_config(const std::string& toml) const;

  /// Appends a line to metrics.jsonl and, for an epoch's record, a row to metrics.csv.
  /// @throws Error when that fails.
  void log(const nlohmann::ordered_json& record);
  /// The lines of metrics.jsonl.
  const std::string& metrics() const { return metrics_; }
  /// Makes these the only lines of metrics.jsonl. @throws Error when that fails.
  void restore_metrics(const std::string& lines);

  /// Saves a checkpoint as last.checkpoint. The one that had the name becomes previous.checkpoint,
  /// and so on, until `keep` are there.
  /// @throws Error when that fails; what was last.checkpoint before is then one still.
  void save_checkpoint(const io::Safetensors& content, int keep) const;
  /// The checkpoints that are there, the newest first.
  std::vector<std::filesystem::path> checkpoint_files() const;

 private:
  explicit RunDirectory(std::filesystem::path path) : path_(std::move(path)) {}

  std::filesystem::path metrics_file() const { return path_ / "metrics.jsonl"; }
  std::filesystem::path checkpoint_file(int age) const;
  void write_csv() const;

  std::filesystem::path path_;
  std::string metrics_;
  std::ofstream metrics_stream_;
};

}  // namespace scanline::train
