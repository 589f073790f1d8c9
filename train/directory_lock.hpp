#pragma once

#include <filesystem>
#include <utility>

namespace scanline::train {

/// Keeps other processes from training in a directory while it exists. The lock is not a file, so
/// it disappears when the process is killed, unless the process has forked children. On a file
/// system without locks, nothing is locked.
class DirectoryLock {
 public:
  /// @throws Error when another process holds the lock of `directory`, or it is not a directory.
  explicit DirectoryLock(const std::filesystem::path& directory);
  ~DirectoryLock();
  /// Takes over the lock of `other`.
  DirectoryLock(DirectoryLock&& other) noexcept
      : descriptor_(std::exchange(other.descriptor_, -1)) {}
  DirectoryLock& operator=(DirectoryLock&&) = delete;

  /// Whether another DirectoryLock of `directory` exists, in this process or another one. This
  /// looks for a few microseconds at most; a process that wants the lock meanwhile tries again.
  static bool is_held(const std::filesystem::path& directory);

 private:
  int descriptor_;
};

}  // namespace scanline::train
