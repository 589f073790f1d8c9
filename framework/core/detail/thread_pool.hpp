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

  /// The number of threads, including the one that calls `run`.
  std::size_t threads() const { return workers_.size() + 1; }
  /// Runs a job, and returns when all of its bodies are done.
  void run(const std::shared_ptr<Job>& job);

 private:
  void stop();
  void serve(std::size_t thread);
  /// Waits for `happened`. The thread does idle work while there is some. Then it waits in a loop,
  /// but no longer than spin_time_. Most waits between the jobs of a training step are over by
  /// then, and sleeping and waking would take longer. The loop does not yield: a thread that yields
  /// beside another program loses the processor for some milliseconds, and all other threads of the
  /// job would wait for it.
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
  /// The present pool. It may still be used after `replace`, since it ends with its last handle.
  std::shared_ptr<ThreadPool> get();
  void replace(std::size_t threads);

 private:
  ProcessPool();
  void before_fork();
  void after_fork_in_parent();
  /// The threads of the parent's pool do not exist in the child, so the pool cannot be ended there.
  /// It is kept, where leak checkers find it, and the child starts a pool of its own when it needs
  /// one.
  void after_fork_in_child();

  std::mutex mutex_;
  std::size_t threads_;
  std::shared_ptr<ThreadPool> pool_;
};

}  // namespace scanline
