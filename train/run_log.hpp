#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "scanline/framework/core/shape.hpp"
#include "scanline/framework/io/safetensors.hpp"
#include "scanline/train/epoch_figures.hpp"

namespace scanline::train {

/// The records of a run: a line of metrics.jsonl for each, and a row of metrics.csv for each epoch.
///
/// A checkpoint does not contain all records, since those of single steps can be many times as
/// large as the model. It contains the length and the CRC-32 of metrics.jsonl, and the records of
/// epochs. When the run is resumed, the file is truncated to that length. If it is damaged, it is
/// written again with the records of epochs.
class RunLog {
 public:
  /// The log in this directory. Nothing is read or written yet.
  explicit RunLog(std::filesystem::path directory) : directory_(std::move(directory)) {}

  /// Writes both files without records. @throws Error when one cannot be written.
  void start();
  /// Appends a record. @throws Error when it cannot be written.
  void append(const nlohmann::ordered_json& record);
  /// The epochs of which metrics.jsonl has records.
  std::vector<EpochFigures> epochs() const { return read_epochs(epochs_); }

  /// The length of a part of metrics.jsonl from its beginning, and the checksum of this part.
  struct Extent {
    /// The length in bytes.
    Index bytes = 0;
    /// The checksum of these bytes.
    std::uint32_t crc32 = 0;
  };
  /// Length and checksum of all records so far.
  const Extent& extent() const { return extent_; }
  /// Whether metrics.jsonl has this length and checksum.
  bool is_on_disk(const Extent& extent) const;

  /// Syncs the records to the disk, and adds the data that `restore` needs to a checkpoint.
  /// @throws Error when they cannot be written.
  void save(io::Safetensors& checkpoint);
  /// Restores both files as they were when the checkpoint was saved. If metrics.jsonl is damaged,
  /// the records of epochs replace it, and a note says so.
  /// @throws Error when the checkpoint contains no log, metrics.jsonl exists but cannot be read, or
  /// a
  ///   file cannot be written.
  void restore(const io::Safetensors& checkpoint);

 private:
  std::filesystem::path file() const { return directory_ / "metrics.jsonl"; }
  /// Whether metrics.jsonl holds that, and perhaps more.
  bool begins_with(const Extent& extent) const;
  /// Makes metrics.jsonl anew with these lines.
  void write(const std::string& lines);
  void open_for_appending();
  void write_csv() const;

  std::filesystem::path directory_;
  std::string epochs_;  // the lines of metrics.jsonl that are records of epochs
  Extent extent_;
  std::ofstream stream_;
  bool is_synced_ = true;
};

}  // namespace scanline::train
