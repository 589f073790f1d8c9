#include "train/run_directory.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <system_error>

#include "framework/core/error.hpp"
#include "framework/io/atomic_file.hpp"

namespace scanline::train {
namespace {

namespace fs = std::filesystem;

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

}  // namespace

RunDirectory::RunDirectory(const fs::path& directory, const std::string& model, bool exist_ok)
    : path_(directory.empty() ? make_numbered("runs", model) : make_named(directory, exist_ok)) {
  metrics_.open(path_ / "metrics.jsonl", std::ios::trunc);
  if (!metrics_) fail(path_ / "metrics.jsonl", "cannot be written");
}

void RunDirectory::write_config(const std::string& toml) const {
  io::write_file_atomically(path_ / "config.toml", {toml});
}

void RunDirectory::log(const nlohmann::ordered_json& record) {
  // Flushed line by line, so that others can follow the run and a crash loses nothing.
  metrics_ << record.dump() << std::endl;
  if (!metrics_) fail(path_ / "metrics.jsonl", "cannot be written (is the disk full?)");
}

}  // namespace scanline::train
