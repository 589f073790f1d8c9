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
/// A checkpoint does not hold all of it, since the records of single steps can be many times as
/// large as the model. It holds the length and the CRC-32 of metrics.jsonl, to which that file is
/// cut back when the run is resumed, and the records of epochs, which make the file anew where it
/// is damaged.
class RunLog {
 public:
  /// The log in this directory. Nothing is read or written yet.
  explicit RunLog(std::filesystem::path directory) : directory_(std::move(directory)) {}

  /// Makes both files anew, without records. @throws Error when one cannot be written.
  void start();
  /// Appends a record. @throws Error when it cannot be written.
  void append(const nlohmann::ordered_json& record);
  /// The epochs that metrics.jsonl has records of.
  std::vector<EpochFigures> epochs() const { return read_epochs(epochs_); }

  /// A length of metrics.jsonl, and the checksum of that part of it.
  struct Extent {
    /// From the beginning of the file.
    Index bytes = 0;
    /// Of these bytes.
    std::uint32_t crc32 = 0;
  };
  /// That of all records so far.
  const Extent& extent() const { return extent_; }
  /// Whether metrics.jsonl holds just that.
  bool is_on_disk(const Extent& extent) const;

  /// Makes sure that the records outlast a power cut, and adds to a checkpoint what `restore`
  /// needs.
  /// @throws Error when they cannot be written.
  void save(io::Safetensors& checkpoint);
  /// Takes both files back to where they were when the checkpoint was saved. Where metrics.jsonl
  /// is not what it was, the records of epochs replace it, and a note says so.
  /// @throws Error when the checkpoint holds no log, metrics.jsonl is there but cannot be read, or
  ///   a file cannot be written.
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
