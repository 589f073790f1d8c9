#pragma once

#include <filesystem>
#include <utility>

namespace scanline::train {

/// Keeps other processes from training in a directory while it lives. The lock belongs to the
/// process and leaves no file, so one that is killed cannot leave it behind. Where a file system
/// has no locks, nothing is locked.
class DirectoryLock {
 public:
  /// @throws Error when another process holds the lock of `directory`, or that is none.
  explicit DirectoryLock(const std::filesystem::path& directory);
  ~DirectoryLock();
  DirectoryLock(DirectoryLock&& other) noexcept
      : descriptor_(std::exchange(other.descriptor_, -1)) {}
  DirectoryLock& operator=(DirectoryLock&&) = delete;

 private:
  int descriptor_;
};

}  // namespace scanline::train
