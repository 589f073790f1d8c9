#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "scanline/framework/io/safetensors.hpp"
#include "scanline/train/directory_lock.hpp"
#include "scanline/train/run_log.hpp"

namespace scanline::train {

/// The directory that a run leaves behind, and the names of what lies in it. While it lives, no
/// other process can train there.
class RunDirectory {
 public:
  /// Makes `directory`, or `runs/<model>-<n>` if it is empty, with a number above all that are
  /// there. Two runs that start at the same moment get two directories. What an earlier run left in
  /// a directory that is to be used again is removed, its configuration first. `config` becomes
  /// config.toml, the first file of the run.
  /// @throws Error when it cannot be made, another process is training there, or it holds anything
  ///   already and `exist_ok` is not set.
  static RunDirectory make(const std::filesystem::path& directory, const std::string& model,
                           bool exist_ok, const std::string& config);
  /// The directory of a run that was stopped or has ended. Half-written files are removed.
  /// @throws Error when there is none, or another process is training there.
  static RunDirectory open(const std::filesystem::path& directory);

  /// The directory.
  const std::filesystem::path& path() const { return path_; }
  /// The file with all options of the run in `directory`, as TOML.
  /// @throws Error when there is no such file, so that the directory is not that of a run.
  static std::filesystem::path find_config(const std::filesystem::path& directory);
  /// The weights after the last step.
  std::filesystem::path model_file() const { return path_ / "model.safetensors"; }
  /// The weights that did best on validation.
  std::filesystem::path best_file() const { return path_ / "best.safetensors"; }

  /// Writes config.toml. @throws Error when that fails.
  void write_config(const std::string& toml) const;
  /// Removes all files of the run, and the directory if nothing else is in it.
  void discard();

  /// Removes the tested model, the report and its plots, which the run has no longer when it
  /// continues.
  void remove_results() const;

  /// The records of the run.
  RunLog& log() { return log_; }

  /// Saves a checkpoint as last.checkpoint, with the state of the log. The one that had the name
  /// becomes previous.checkpoint, and so on, until `keep` are there.
  /// @throws Error when that fails; what was last.checkpoint before is then one still.
  void save_checkpoint(io::Safetensors content, int keep);
  /// The checkpoints that are there, the newest first.
  std::vector<std::filesystem::path> checkpoint_files() const;

  /// Logs the record of the test, with which the run is finished, and notes in last.checkpoint what
  /// the files of the run are then. @throws Error when one cannot be written.
  void finish(const nlohmann::ordered_json& test_record);
  /// The record of the test, where `checkpoint` says that the run is finished, and all of its files
  /// are as they were then.
  std::optional<nlohmann::json> test_record(const io::Safetensors& checkpoint) const;

 private:
  explicit RunDirectory(const std::filesystem::path& path) : path_(path), lock_(path), log_(path) {}

  std::filesystem::path config_file() const { return path_ / "config.toml"; }
  std::filesystem::path checkpoint_file(int age) const;
  /// A checkpoint that was written but not renamed becomes the last one, where that is missing, or
  /// else is removed.
  void settle_next_checkpoint() const;
  /// Those that a run may have left, config.toml first.
  std::vector<std::filesystem::path> files_of_a_run() const;
  /// The CRC-32 of each of its models, tables and pictures, by name.
  nlohmann::json checksums() const;

  std::filesystem::path path_;
  DirectoryLock lock_;
  RunLog log_;
};

}  // namespace scanline::train
