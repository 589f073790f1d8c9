#pragma once

#include <functional>
#include <memory>

#include "framework/core/shape.hpp"

namespace scanline {

/// How many threads `parallel_for` uses, the calling one included. All cores at first.
int thread_count();
/// @throws Error when `count` is below 1. Not to be called from within `parallel_for`.
void set_thread_count(int count);

/// Calls `body(0)` .. `body(count - 1)`, each once, on the threads of the process' pool, and
/// returns when all are done. Each thread begins with a share of its own, the same in all jobs of
/// one count, so that it finds in its caches what it left there, and then helps the others. Which
/// thread runs which call is left to chance all the same, so calls must not depend on each other,
/// and results stay the same bit for bit as long as callers cut their work by its size, never by
/// the number of threads. A call from within `body` runs where it is. The first exception of a
/// body is thrown again here.
void parallel_for(Index count, const std::function<void(Index)>& body);

/// Cuts [0, count) into ranges of `size` elements, the last one perhaps smaller, and calls
/// `body(begin, end)` for each as `parallel_for` does.
void parallel_for_ranges(Index count, Index size, const std::function<void(Index, Index)>& body);

/// Bodies and how far they have got.
struct Job;

/// Work that is wanted later, in bodies as small as some microseconds: the threads of the pool take
/// one after the other while they would wait for each other in `parallel_for`. There had better be
/// one at a time, as only the latest is taken from.
class IdleWork {
 public:
  /// `body(0)` .. `body(count - 1)`, each to be called once, from any thread.
  IdleWork(Index count, std::function<void(Index)> body);
  /// Finishes it, if nobody has. What the bodies throw is lost then.
  ~IdleWork();
  IdleWork(const IdleWork&) = delete;
  IdleWork& operator=(const IdleWork&) = delete;

  /// Calls what was not called yet as `parallel_for` does, and returns when all are done. The first
  /// exception of a body is thrown again here. Not to be called from within `parallel_for`.
  void finish();

 private:
  std::function<void(Index)> body_;
  std::shared_ptr<Job> job_;
};

}  // namespace scanline
