#pragma once

#include <filesystem>
#include <utility>

namespace scanline::train {

/// Keeps other processes from training in a directory while it lives. The lock leaves no
/// file, so a process that is killed cannot leave it behind; children that it has forked keep it.
/// Where a file system has no locks, nothing is locked.
class DirectoryLock {
 public:
  /// @throws Error when another process holds the lock of `directory`, or that is none.
  explicit DirectoryLock(const std::filesystem::path& directory);
  ~DirectoryLock();
  /// Takes over the lock of `other`.
  DirectoryLock(DirectoryLock&& other) noexcept
      : descriptor_(std::exchange(other.descriptor_, -1)) {}
  DirectoryLock& operator=(DirectoryLock&&) = delete;

 private:
  int descriptor_;
};

}  // namespace scanline::train
