#include "scanline/framework/io/atomic_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <deque>
#include <string>
#include <system_error>
#include <utility>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/uninterrupted.hpp"

namespace scanline::io {
namespace {

namespace fs = std::filesystem;

/// A file under a name that nobody else uses, removed again unless it gets its final name.
class TemporaryFile {
 public:
  explicit TemporaryFile(const fs::path& target) : target_(target) {
    // A rename would put a regular file in the place of a pipe or a device.
    std::error_code error;
    const fs::file_status status = fs::status(target, error);
    if (fs::exists(status) && !fs::is_regular_file(status))
      fail("the name belongs to a file that is not regular");
    // With mkstemp only the owner could read the file; open lets the system apply the user's mask.
    for (int number = 0; descriptor_ < 0; ++number) {
      name_ = fmt::format("{}.{}-{}.tmp", target.string(), getpid(), number);
      descriptor_ = uninterrupted(
          [&] { return open(name_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666); });
      if (descriptor_ < 0 && errno != EEXIST) fail(std::strerror(errno));
    }
  }

  ~TemporaryFile() {
    if (descriptor_ >= 0) close(descriptor_);
    if (!renamed_) unlink(name_.c_str());
  }

  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  void write_all(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t written =
          uninterrupted([&] { return write(descriptor_, bytes.data(), bytes.size()); });
      if (written < 0) fail(std::strerror(errno));
      bytes.remove_prefix(static_cast<std::size_t>(written));
    }
  }

  /// Waits until all that was written is on the disk. Nothing can be written after that.
  void complete() {
    if (uninterrupted([&] { return fsync(descriptor_); }) != 0) fail(std::strerror(errno));
    // Linux closes the file even where a signal interrupts that.
    if (close(std::exchange(descriptor_, -1)) != 0 && errno != EINTR) fail(std::strerror(errno));
  }

  void rename_to_target() {
    if (rename(name_.c_str(), target_.c_str()) != 0) fail(std::strerror(errno));
    renamed_ = true;
    sync_directory();
  }

 private:
  [[noreturn]] void fail(const std::string& reason) const {
    throw Error(fmt::format("{}: cannot be written: {}", target_.string(), reason));
  }

  /// Makes the rename last: until its directory is synced too, a power cut may undo it.
  void sync_directory() const {
    const fs::path parent = target_.parent_path();
    const int directory = uninterrupted([&] {
      return open(parent.empty() ? "." : parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    });
    // Who may write to a directory may not always read it.
    if (directory < 0 && errno == EACCES) return;
    if (directory < 0) fail(std::strerror(errno));
    const int reason = uninterrupted([&] { return fsync(directory); }) == 0 ? 0 : errno;
    close(directory);
    // Not all file systems can sync a directory.
    if (reason != 0 && reason != EINVAL && reason != ENOTSUP) fail(std::strerror(reason));
  }

  fs::path target_;
  std::string name_;
  int descriptor_ = -1;
  bool renamed_ = false;
};

/// Takes digits, at least one, from the end of the text. Returns whether there were any.
bool remove_number(std::string_view& text) {
  const std::size_t length = text.size();
  while (!text.empty() && text.back() >= '0' && text.back() <= '9') text.remove_suffix(1);
  return text.size() < length;
}

/// Takes `ending` from the end of the text. Returns whether it was there.
bool remove_ending(std::string_view& text, std::string_view ending) {
  if (!text.ends_with(ending)) return false;
  text.remove_suffix(ending.size());
  return true;
}

}  // namespace

void write_file_atomically(const fs::path& file, const std::vector<std::string_view>& parts) {
  TemporaryFile temporary(file);
  for (const std::string_view part : parts) temporary.write_all(part);
  temporary.complete();
  temporary.rename_to_target();
}

void write_files_atomically(const std::vector<FileContent>& files) {
  std::deque<TemporaryFile> temporaries;
  for (const FileContent& content : files) {
    temporaries.emplace_back(content.file).write_all(content.bytes);
    temporaries.back().complete();
  }
  for (TemporaryFile& temporary : temporaries) temporary.rename_to_target();
}

bool is_abandoned(const fs::path& file) {
  // What TemporaryFile makes: `<target>.<process>-<number>.tmp`.
  const std::string name = file.filename().string();
  std::string_view rest = name;
  return remove_ending(rest, ".tmp") && remove_number(rest) && remove_ending(rest, "-") &&
         remove_number(rest) && remove_ending(rest, ".") && !rest.empty();
}

void remove_abandoned_files(const fs::path& directory) {
  std::error_code error, ignored;
  for (fs::directory_iterator entry(directory, error), end; !error && entry != end;
       entry.increment(error))
    if (is_abandoned(entry->path())) fs::remove(entry->path(), ignored);
}

}  // namespace scanline::io
