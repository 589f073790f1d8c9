#pragma once

#include <functional>
#include <memory>

#include "scanline/framework/core/shape.hpp"

namespace scanline {

/// Bodies and their progress.
struct Job;

/// Background work in bodies of a few microseconds. Threads of the pool run them when they would
/// otherwise wait for each other in `parallel_for`. They only take bodies from the most recent
/// IdleWork, so keep at most one alive. A body must neither construct nor finish one.
class IdleWork {
 public:
  /// The bodies are `body(0)` .. `body(count - 1)`. Each is called once, on any thread.
  IdleWork(Index count, std::function<void(Index)> body);
  /// Finishes the work if `finish` was not called. Exceptions of the bodies are then lost.
  ~IdleWork();
  IdleWork(const IdleWork&) = delete;
  IdleWork& operator=(const IdleWork&) = delete;

  /// Calls the remaining bodies as `parallel_for` does, and returns when all have returned. The
  /// first exception of a body is thrown again here.
  /// @throws Error when the system cannot start the pool's threads.
  void finish();

 private:
  std::function<void(Index)> body_;
  std::shared_ptr<Job> job_;
};

}  // namespace scanline
