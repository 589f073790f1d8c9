#include "scanline/train/run_directory.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <system_error>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/input_file.hpp"
#include "scanline/framework/io/atomic_file.hpp"
#include "scanline/framework/io/checkpoint.hpp"
#include "scanline/framework/io/crc32.hpp"
#include "scanline/train/new_directory.hpp"
#include "scanline/train/report/report.hpp"

namespace scanline::train {
namespace {

namespace fs = std::filesystem;

/// What a checkpoint is called until it is complete and the older ones have made room.
constexpr const char* next_checkpoint = "next.checkpoint";
/// The key of a checkpoint's metadata that says how the run ended.
constexpr const char* finished_key = "finished";

[[noreturn]] void fail(const fs::path& path, const std::string& what) {
  throw Error(fmt::format("{}: {}", path.string(), what));
}

fs::path make_or_number(const fs::path& directory, const std::string& model) {
  if (directory.empty()) return make_numbered_directory("runs", model);
  make_directory(directory);
  return directory;
}

void rename_file(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::rename(from, to, error);
  if (error) fail(to, fmt::format("cannot be written: {}", error.message()));
}

std::string crc32_of(const fs::path& file) {
  InputFile input(file, "a file of the run");
  std::vector<std::byte> buffer(1 << 16);
  io::Crc32 crc;
  while (const std::size_t count = input.read(buffer))
    crc.add({reinterpret_cast<const char*>(buffer.data()), count});
  return crc.text();
}

}  // namespace

RunDirectory RunDirectory::make(const fs::path& directory, const std::string& model,
                                bool exist_ok) {
  RunDirectory result(make_or_number(directory, model));
  std::error_code error;
  // A process that was killed may have left the half of a file, which is nobody's.
  bool is_empty = true;
  for (fs::directory_iterator entry(result.path(), error), end; !error && entry != end;
       entry.increment(error))
    is_empty = is_empty && io::is_abandoned(entry->path());
  if (error)
    fail(result.path(), fmt::format("cannot look into the directory: {}", error.message()));
  if (!exist_ok && !is_empty)
    fail(result.path(),
         "expected a new or empty directory, found files in it (--exist-ok overwrites them)");
  return result;
}

void RunDirectory::begin(const std::string& config) {
  has_begun_ = true;
  io::remove_abandoned_files(path_);
  // What an earlier run left there would be taken for this one's.
  std::error_code error;
  for (const fs::path& file : files_of_a_run()) fs::remove(file, error);
  write_config(config);
  log_.start();
}

fs::path RunDirectory::find_config(const fs::path& directory) {
  fs::path file = directory / "config.toml";
  std::error_code error;
  if (!fs::exists(file, error))
    fail(directory, "expected a run directory with a config.toml, found none");
  return file;
}

RunDirectory RunDirectory::open(const fs::path& directory) {
  find_config(directory);
  RunDirectory result(directory);
  io::remove_abandoned_files(directory);
  result.settle_next_checkpoint();
  return result;
}

void RunDirectory::settle_next_checkpoint() const {
  std::error_code error;
  const fs::path next = path_ / next_checkpoint;
  if (!fs::exists(next, error)) return;
  // Between the renames of save_checkpoint, it is the newest one.
  if (!fs::exists(checkpoint_file(0), error)) {
    try {
      io::read_checkpoint(next);
      rename_file(next, checkpoint_file(0));
      return;
    } catch (const Error&) {  // it is not complete, or cannot be used
    }
  }
  fs::remove(next, error);
}

void RunDirectory::write_config(const std::string& toml) const {
  io::write_file_atomically(config_file(), {toml});
}

void RunDirectory::discard() {
  std::error_code ignored;
  if (has_begun_)
    for (const fs::path& file : files_of_a_run()) fs::remove(file, ignored);
  fs::remove(path_, ignored);  // which the system refuses while files are in it
}

void RunDirectory::remove_results() const {
  std::error_code ignored;
  fs::remove(model_file(), ignored);
  for (const std::string& name : report_files()) fs::remove(path_ / name, ignored);
}

std::vector<fs::path> RunDirectory::files_of_a_run() const {
  std::vector<fs::path> files{config_file()};
  const std::vector<fs::path> checkpoints = checkpoint_files();
  files.insert(files.end(), checkpoints.begin(), checkpoints.end());
  for (const char* name : {next_checkpoint, "metrics.jsonl", "metrics.csv"})
    files.push_back(path_ / name);
  files.insert(files.end(), {model_file(), best_file()});
  for (const std::string& name : report_files()) files.push_back(path_ / name);
  return files;
}

nlohmann::json RunDirectory::checksums() const {
  nlohmann::json result = nlohmann::json::object();
  std::vector<fs::path> files{model_file(), best_file(), path_ / "metrics.csv"};
  for (const std::string& name : report_files()) files.push_back(path_ / name);
  std::error_code error;
  for (const fs::path& file : files)
    if (fs::is_regular_file(file, error)) result[file.filename().string()] = crc32_of(file);
  return result;
}

void RunDirectory::finish(const nlohmann::ordered_json& test_record) {
  log_.append(test_record);
  io::Safetensors content = io::read_checkpoint(checkpoint_file(0));
  const RunLog::Extent& extent = log_.extent();
  content.metadata[finished_key] = nlohmann::json{
      {"test", test_record},
      {"log", {{"bytes", extent.bytes}, {"crc32", extent.crc32}}},
      {"files", checksums()}}.dump();
  io::write_checkpoint(path_ / next_checkpoint, content);
  rename_file(path_ / next_checkpoint, checkpoint_file(0));
}

std::optional<nlohmann::json> RunDirectory::test_record(const io::Safetensors& checkpoint) const {
  const auto finished = checkpoint.metadata.find(finished_key);
  if (finished == checkpoint.metadata.end()) return {};
  const auto noted = nlohmann::json::parse(finished->second);
  const auto& log = noted.at("log");
  if (noted.at("files") != checksums() ||
      !log_.is_on_disk({log.at("bytes").get<Index>(), log.at("crc32").get<std::uint32_t>()}))
    return {};
  return noted.at("test");
}

fs::path RunDirectory::checkpoint_file(int age) const {
  if (age == 0) return path_ / "last.checkpoint";
  if (age == 1) return path_ / "previous.checkpoint";
  return path_ / fmt::format("previous-{}.checkpoint", age);
}

void RunDirectory::save_checkpoint(io::Safetensors content, int keep) {
  log_.save(content);
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
