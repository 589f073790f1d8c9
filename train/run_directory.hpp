#pragma once

#include <filesystem>
#include <fstream>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace scanline::train {

/// The directory that a run leaves behind, and the names of what lies in it.
class RunDirectory {
 public:
  /// Makes `directory`, or `runs/<model>-<n>` with the lowest free number if it is empty. Two runs
  /// that start at the same moment get two directories.
  /// @throws Error when it cannot be made, or holds anything already and `exist_ok` is not set.
  RunDirectory(const std::filesystem::path& directory, const std::string& model, bool exist_ok);

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path model_file() const { return path_ / "model.safetensors"; }
  std::filesystem::path best_file() const { return path_ / "best.safetensors"; }

  /// Writes config.toml. @throws Error when that fails.
  void write_config(const std::string& toml) const;
  /// Appends a line to metrics.jsonl. @throws Error when that fails.
  void log(const nlohmann::ordered_json& record);

 private:
  std::filesystem::path path_;
  std::ofstream metrics_;
};

}  // namespace scanline::train
