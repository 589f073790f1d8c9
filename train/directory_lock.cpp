#include "scanline/train/directory_lock.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/uninterrupted.hpp"

namespace scanline::train {
namespace {

int open_directory(const std::filesystem::path& directory) {
  return uninterrupted([&] { return open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
}

}  // namespace

DirectoryLock::DirectoryLock(const std::filesystem::path& directory)
    : descriptor_(open_directory(directory)) {
  if (descriptor_ < 0)
    throw Error(fmt::format("{}: expected a directory that can be opened: {}", directory.string(),
                            std::strerror(errno)));
  // A process that was just killed may take a moment to end.
  constexpr int tries = 20;
  constexpr std::chrono::milliseconds pause{50};
  for (int i = 0; flock(descriptor_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK; ++i) {
    if (i == tries) {
      close(descriptor_);
      throw Error(
          fmt::format("{}: another process is training in this directory", directory.string()));
    }
    std::this_thread::sleep_for(pause);
  }
}

DirectoryLock::~DirectoryLock() {
  if (descriptor_ >= 0) close(descriptor_);
}

bool DirectoryLock::is_held(const std::filesystem::path& directory) {
  const int descriptor = open_directory(directory);
  if (descriptor < 0) return false;
  // Those who only look do not keep each other from looking.
  const bool held = flock(descriptor, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
  close(descriptor);
  return held;
}

}  // namespace scanline::train
