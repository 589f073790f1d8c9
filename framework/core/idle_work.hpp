#pragma once

#include <functional>
#include <memory>

#include "scanline/framework/core/shape.hpp"

namespace scanline {

/// Bodies and how far they have got.
struct Job;

/// Work that is wanted later, in bodies as small as some microseconds: the threads of the pool take
/// one after the other while they would wait for each other in `parallel_for`. They take from the
/// latest only, so one at a time is best. Not to be made or finished from within a body.
class IdleWork {
 public:
  /// `body(0)` .. `body(count - 1)`, each to be called once, from any thread.
  IdleWork(Index count, std::function<void(Index)> body);
  /// Finishes it, if nobody has. What the bodies throw is lost then.
  ~IdleWork();
  IdleWork(const IdleWork&) = delete;
  IdleWork& operator=(const IdleWork&) = delete;

  /// Calls what was not called yet as `parallel_for` does, and returns when all are done. The first
  /// exception of a body is thrown again here.
  /// @throws Error when the system cannot start the pool's threads.
  void finish();

 private:
  std::function<void(Index)> body_;
  std::shared_ptr<Job> job_;
};

}  // namespace scanline
