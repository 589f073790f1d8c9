#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "scanline/framework/core/shape.hpp"

namespace scanline {

/// At least `bytes` of memory, aligned to 64 bytes (a cache line and the widest vector register)
/// and uninitialised unless there is a `LazyStorage`. When the last handle goes, the block returns
/// to a pool of the process and serves the next request of its size class: a training loop, whose
/// steps all ask for the same sizes, gets from the system only what its first step needs. The pool
/// holds at most twice the bytes that were ever in use at once, and 1 MiB: beyond, and when the
/// system refuses memory, idle blocks are given back to the system, those first that have been idle
/// for longest. Safe to call from any thread.
/// @throws Error when the system has no memory to give.
std::shared_ptr<std::byte> allocate_storage(Index bytes);

/// How often the elements in a block of `allocate_storage` have been changed in place. All handles
/// of the block share this counter.
std::atomic<std::uint64_t>& storage_version(const std::shared_ptr<std::byte>& storage);

/// While one exists, arrays that this thread makes are zeros, and take memory only where they are
/// written. A network of any size can thus be made for a look at the names and shapes of its
/// parameters, or be given the values in a file. The functions in `init` return such zeros and draw
/// no random numbers (in PyTorch, `torch.nn.utils.skip_init` and the meta device serve for this).
class LazyStorage {
 public:
  LazyStorage();
  ~LazyStorage();
  LazyStorage(const LazyStorage&) = delete;
  LazyStorage& operator=(const LazyStorage&) = delete;
  /// Whether one exists on this thread.
  static bool active();

 private:
  bool was_active_;
};

/// The bytes of all blocks that the pool has from the system, in use or idle.
Index storage_pool_bytes();

/// How many blocks have come from the system, rather than from the pool, since the program began.
Index system_allocation_count();

/// Gives the pool's idle blocks back to the system.
void trim_storage_pool();

}  // namespace scanline
