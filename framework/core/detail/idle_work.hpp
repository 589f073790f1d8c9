#pragma once

#include <atomic>
#include <memory>
#include <shared_mutex>

#include "scanline/framework/core/detail/job.hpp"

namespace scanline {

/// The latest idle work. The threads of every pool take bodies from it.
class IdleJob {
 public:
  /// The idle work of the process.
  static IdleJob& instance();

  void offer(const std::shared_ptr<Job>& job);
  /// Removes `job`. When this returns, no waiting thread runs a body of it any more.
  void withdraw(const std::shared_ptr<Job>& job);
  /// Runs one body, if there is one; returns whether there was.
  bool run_one();

  void before_fork() { mutex_.lock(); }
  void after_fork_in_parent() { mutex_.unlock(); }
  void after_fork_in_child();

 private:
  std::shared_mutex mutex_;  // shared by those that run bodies, so a fork cuts no body in two
  std::shared_ptr<Job> job_;
  std::atomic<bool> exists_{false};
};

}  // namespace scanline
