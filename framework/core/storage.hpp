#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "scanline/framework/core/shape.hpp"

namespace scanline {

/// Allocates at least `bytes` of memory, aligned to 64 bytes (a cache line and the widest vector
/// register). The memory is uninitialised unless there is a `LazyStorage`. When the last handle is
/// destroyed, the block returns to a pool of the process and serves the next request of its size
/// class. All steps of a training loop request the same sizes, so only the first step takes memory
/// from the system. The pool holds at most twice the bytes that were ever in use at once, and 1
/// MiB. Beyond that, and when the system refuses memory, it returns unused blocks to the system,
/// beginning with those that have been unused for longest. Any thread may call this function.
/// @throws Error when the system is out of memory.
std::shared_ptr<std::byte> allocate_storage(Index bytes);

/// How often the elements in a block of `allocate_storage` have been changed in place. All handles
/// of the block share this counter.
std::atomic<std::uint64_t>& storage_version(const std::shared_ptr<std::byte>& storage);

/// While a LazyStorage exists, arrays that this thread makes are zeros, and take memory only where
/// they are written. A network of any size can then be made to read the names and shapes of its
/// parameters, or to load values from a file. The functions in `init` return such zeros and draw no
/// random numbers. In PyTorch, `torch.nn.utils.skip_init` and the meta device do this.
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

/// The bytes of all blocks that the pool has taken from the system, used and unused.
Index storage_pool_bytes();

/// The number of blocks that were taken from the system, and not from the pool, since the program
/// began.
Index system_allocation_count();

/// Returns the unused blocks of the pool to the system.
void trim_storage_pool();

}  // namespace scanline
