#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <limits>
#include <mutex>
#include <vector>

#include "scanline/framework/core/parallel.hpp"

namespace scanline {

/// Whether the calling thread is running a body; what it starts in turn runs in line.
bool& inside_body();

/// The bodies that one thread runs first, in a cache line of its own.
struct alignas(64) Share {
  std::atomic<Index> next;
  Index end;
};

/// One call of parallel_for, or idle work. Threads hold it through a shared pointer, so that one
/// which wakes up late finds nothing left to do rather than a dangling reference.
struct Job {
  Job(const std::function<void(Index)>& run, Index number, std::size_t threads);

  const std::function<void(Index)>& body;
  Index count;
  std::uint32_t flags = thread_flags();
  std::vector<Share> shares;
  std::mutex mutex;
  std::condition_variable all_done;
  std::atomic<Index> done{0};
  std::exception_ptr failure;

  bool is_done() const { return done == count; }
  void rethrow_failure() const {
    if (failure) std::rethrow_exception(failure);
  }

  /// Runs what is left of the thread's share, then of the others', but no more bodies than `most`.
  /// Returns how many it has run.
  Index work(std::size_t thread, Index most = std::numeric_limits<Index>::max());
};

}  // namespace scanline
