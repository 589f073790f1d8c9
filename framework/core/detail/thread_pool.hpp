#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "scanline/framework/core/detail/job.hpp"

namespace scanline {

/// Threads that run jobs together with the thread that calls `run`.
class ThreadPool {
 public:
  /// @throws Error when the system cannot start so many threads.
  explicit ThreadPool(std::size_t threads);
  ~ThreadPool() { stop(); }
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  /// The calling one included.
  std::size_t threads() const { return workers_.size() + 1; }
  /// Returns when all bodies of the job are done.
  void run(const std::shared_ptr<Job>& job);

 private:
  void stop();
  void serve(std::size_t thread);
  /// Waits for `happened`: with idle work while there is some, and then in a loop, but no longer
  /// than spin_time_. Most waits between the jobs of a training step are over by then, and sleeping
  /// and waking would take longer. The loop does not yield: beside another program that costs the
  /// processor for some milliseconds, and all other threads of a job would wait for this one.
  template <class Condition>
  void spin_until(Condition happened);

  std::chrono::nanoseconds spin_time_{0};
  std::mutex mutex_;
  std::condition_variable wake_;
  std::shared_ptr<Job> job_;
  std::atomic<std::uint64_t> generation_{0};
  bool stopping_ = false;
  std::vector<std::thread> workers_;
};

/// The pool of the process. Its threads start when they are first needed.
class ProcessPool {
 public:
  static ProcessPool& instance();

  std::size_t threads();
  /// Whoever holds it may use it after `replace` too: it ends with its last handle.
  std::shared_ptr<ThreadPool> get();
  void replace(std::size_t threads);

 private:
  ProcessPool();
  void before_fork();
  void after_fork_in_parent();
  /// The threads of the parent's pool do not exist in the child, so nobody can end it: it is kept,
  /// for leak checkers to find, and the child starts its own when it needs one.
  void after_fork_in_child();

  std::mutex mutex_;
  std::size_t threads_;
  std::shared_ptr<ThreadPool> pool_;
};

}  // namespace scanline
