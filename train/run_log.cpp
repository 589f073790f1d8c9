#include "scanline/train/run_log.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <nlohmann/json.hpp>
#include <span>
#include <sstream>
#include <string_view>
#include <system_error>
#include <vector>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/input_file.hpp"
#include "scanline/framework/core/uninterrupted.hpp"
#include "scanline/framework/io/atomic_file.hpp"
#include "scanline/framework/io/crc32.hpp"
#include "scanline/train/standard_streams.hpp"

namespace scanline::train {
namespace {

namespace fs = std::filesystem;

// What a checkpoint calls the log.
constexpr const char* extent_key = "log";
constexpr const char* epochs_tensor = "log.epochs";

[[noreturn]] void fail(const fs::path& file, const std::string& reason) {
  throw Error(fmt::format("{}: cannot be written: {}", file.string(), reason));
}

/// `extent` with these bytes after it.
RunLog::Extent extended(const RunLog::Extent& extent, std::string_view bytes) {
  io::Crc32 crc(extent.crc32);
  crc.add(bytes);
  return {extent.bytes + static_cast<Index>(bytes.size()), crc.value()};
}

/// Text as a tensor of whole numbers, filled up with empty lines.
Array to_array(std::string text) {
  constexpr std::size_t word = sizeof(std::int64_t);
  text.append((word - text.size() % word) % word, '\n');
  Array words({static_cast<Index>(text.size() / word)}, DType::int64);
  std::memcpy(words.raw(), text.data(), text.size());
  return words;
}

/// The lines of that text, without empty ones.
std::string to_lines(const Array& words) {
  std::istringstream text(std::string(reinterpret_cast<const char*>(words.raw()),
                                      static_cast<std::size_t>(words.bytes())));
  std::string lines;
  for (std::string line; std::getline(text, line);)
    if (!line.empty()) lines += line + "\n";
  return lines;
}

}  // namespace

void RunLog::start() {
  epochs_.clear();
  write("");
  write_csv();
}

void RunLog::append(const nlohmann::ordered_json& record) {
  const std::string line = record.dump() + "\n";
  // Flushed line by line, so that others can follow the run.
  stream_ << line << std::flush;
  if (!stream_) fail(file(), "is the disk full?");
  extent_ = extended(extent_, line);
  is_synced_ = false;
  if (record.at("kind") != "epoch") return;
  epochs_ += line;
  write_csv();
}

bool RunLog::is_on_disk(const Extent& extent) const {
  std::error_code error;
  return begins_with(extent) && static_cast<Index>(fs::file_size(file(), error)) == extent.bytes;
}

bool RunLog::begins_with(const Extent& extent) const {
  std::error_code error;
  if (!fs::is_regular_file(file(), error)) return false;
  // A file that is there but cannot be read is no reason to make it anew.
  InputFile input(file(), "the records of a run");
  std::vector<std::byte> buffer(1 << 16);
  Extent found;
  while (found.bytes < extent.bytes) {
    const auto wanted =
        std::min(buffer.size(), static_cast<std::size_t>(extent.bytes - found.bytes));
    const std::size_t count = input.read(std::span(buffer).first(wanted));
    if (count == 0) return false;
    found = extended(found, {reinterpret_cast<const char*>(buffer.data()), count});
  }
  return found.crc32 == extent.crc32;
}

void RunLog::save(io::Safetensors& checkpoint) {
  if (!is_synced_) {
    const int descriptor =
        uninterrupted([&] { return open(file().c_str(), O_RDONLY | O_CLOEXEC); });
    const bool synced = descriptor >= 0 && uninterrupted([&] { return fsync(descriptor); }) == 0;
    const int reason = errno;
    if (descriptor >= 0) close(descriptor);
    if (!synced) fail(file(), std::strerror(reason));
    is_synced_ = true;
  }
  checkpoint.metadata[extent_key] =
      nlohmann::json{{"bytes", extent_.bytes}, {"crc32", extent_.crc32}}.dump();
  checkpoint.tensors[epochs_tensor] = to_array(epochs_);
}

void RunLog::restore(const io::Safetensors& checkpoint) {
  const auto tensor = checkpoint.tensors.find(epochs_tensor);
  const auto metadata = checkpoint.metadata.find(extent_key);
  if (tensor == checkpoint.tensors.end() || metadata == checkpoint.metadata.end())
    throw Error(fmt::format("{}: expected a checkpoint with the length of the log, found none",
                            directory_.string()));
  const auto saved = nlohmann::json::parse(metadata->second);
  extent_ = {saved.at("bytes").get<Index>(), saved.at("crc32").get<std::uint32_t>()};
  epochs_ = to_lines(tensor->second);

  if (begins_with(extent_)) {
    std::error_code error;
    fs::resize_file(file(), static_cast<std::uintmax_t>(extent_.bytes), error);
    if (error) fail(file(), error.message());
    open_for_appending();
  } else {
    say(
        fmt::format("note: {}: has changed since the checkpoint was saved; it is written again "
                    "with the records of epochs",
                    file().string()));
    write(epochs_);
  }
  write_csv();
}

void RunLog::write(const std::string& lines) {
  stream_.close();
  io::write_file_atomically(file(), {lines});
  extent_ = extended({}, lines);
  is_synced_ = true;
  open_for_appending();
}

void RunLog::open_for_appending() {
  stream_.close();
  stream_.open(file(), std::ios::app);
  if (!stream_) fail(file(), std::strerror(errno));
}

void RunLog::write_csv() const {
  const std::vector<std::string> columns{"epoch",    "train_loss",   "train_accuracy",
                                         "val_loss", "val_accuracy", "images_per_second",
                                         "seconds",  "learning_rate"};
  std::string csv = fmt::format("{}\n", fmt::join(columns, ","));
  for (const EpochFigures& epoch : epochs()) {
    const auto record = to_record(epoch);
    std::vector<std::string> cells;
    for (const std::string& column : columns) {
      // The cell is empty where there is no validation, or the number is not finite.
      const std::string cell = record.at(column).dump();
      cells.push_back(cell == "null" ? "" : cell);
    }
    csv += fmt::format("{}\n", fmt::join(cells, ","));
  }
  io::write_file_atomically(directory_ / "metrics.csv", {csv});
}

}  // namespace scanline::train
