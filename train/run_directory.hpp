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

/// The directory of a run and the names of its files. While this object exists, no other process
/// can train there.
class RunDirectory {
 public:
  /// Makes `directory` or, if it is empty, `runs/<model>-<n>` with a number above all existing
  /// ones. Two runs that start at the same moment get two directories. The files of an earlier run
  /// stay until `begin`.
  /// @throws Error when it cannot be made, another process is training there, or it is not empty
  ///   and `exist_ok` is not set.
  static RunDirectory make(const std::filesystem::path& directory, const std::string& model,
                           bool exist_ok);
  /// The directory of a run that was stopped or has ended. Half-written files are removed.
  /// @throws Error when there is none, or another process is training there.
  static RunDirectory open(const std::filesystem::path& directory);

  /// Begins a run in a directory that `make` has made: removes the files of an earlier run, its
  /// configuration first. `config` becomes config.toml, the first file of the run.
  /// @throws Error when a file cannot be written.
  void begin(const std::string& config);

  /// The directory.
  const std::filesystem::path& path() const { return path_; }
  /// The file with all options of the run in `directory`, as TOML.
  /// @throws Error when there is no such file, so that the directory is not that of a run.
  static std::filesystem::path find_config(const std::filesystem::path& directory);
  /// The weights after the last step.
  std::filesystem::path model_file() const { return path_ / "model.safetensors"; }
  /// The best weights on validation.
  std::filesystem::path best_file() const { return path_ / "best.safetensors"; }

  /// Writes config.toml. @throws Error when that fails.
  void write_config(const std::string& toml) const;
  /// Removes all files of the run if it has begun, and the directory if nothing else is in it.
  void discard();

  /// Removes the tested model, the report and its plots, which the run has no longer when it
  /// continues.
  void remove_results() const;

  /// The records of the run.
  RunLog& log() { return log_; }

  /// Saves a checkpoint as last.checkpoint, with the state of the log. The former last.checkpoint
  /// becomes previous.checkpoint, and so on, so that `keep` checkpoints are kept.
  /// @throws Error when that fails. The former last.checkpoint is then kept.
  void save_checkpoint(io::Safetensors content, int keep);
  /// The existing checkpoints, the newest first.
  std::vector<std::filesystem::path> checkpoint_files() const;

  /// Logs the record of the test, with which the run is finished, and records the checksums of the
  /// run's files in last.checkpoint. @throws Error when one cannot be written.
  void finish(const nlohmann::ordered_json& test_record);
  /// The record of the test, if `checkpoint` says that the run is finished and all of its files are
  /// unchanged.
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
  bool has_begun_ = false;  // by `begin`
};

}  // namespace scanline::train
