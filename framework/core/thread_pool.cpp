#include "scanline/framework/core/detail/thread_pool.hpp"

#include <fmt/format.h>
#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <exception>
#include <utility>

#include "scanline/framework/core/detail/idle_work.hpp"
#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/storage.hpp"

namespace scanline {
namespace {

/// The processors that this process may run on.
std::size_t usable_processors() {
#ifdef __linux__
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) return static_cast<std::size_t>(CPU_COUNT(&set));
#endif
  return std::max(1U, std::thread::hardware_concurrency());
}

/// Tells the processor that this is a loop which waits.
void pause_processor() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

}  // namespace

ThreadPool::ThreadPool(std::size_t threads) {
  // Without a processor for each, a thread that spins may keep the one that it waits for away.
  if (threads <= usable_processors()) spin_time_ = std::chrono::milliseconds(1);
  try {
    // The caller works too, as number 0, so the pool itself has one thread fewer.
    workers_.reserve(threads - 1);
    for (std::size_t i = 1; i < threads; ++i) workers_.emplace_back([this, i] { serve(i); });
  } catch (const std::exception&) {  // std::system_error, or no memory for another thread
    stop();
    throw Error(fmt::format("threads: expected {} to start, found that only {} did", threads,
                            this->threads()));
  }
}

template <class Condition>
void ThreadPool::spin_until(Condition happened) {
  using Clock = std::chrono::steady_clock;
  for (auto begin = Clock::now(); !happened();) {
    if (IdleJob::instance().run_one()) {
      begin = Clock::now();
      continue;
    }
    if (Clock::now() - begin >= spin_time_) return;
    pause_processor();
  }
}

void ThreadPool::run(const std::shared_ptr<Job>& job) {
  {
    const std::lock_guard lock(mutex_);
    job_ = job;
    ++generation_;
  }
  wake_.notify_all();
  job->work(0);
  const auto all_done = [&] { return job->is_done(); };
  spin_until(all_done);
  std::unique_lock lock(job->mutex);
  job->all_done.wait(lock, all_done);
}

void ThreadPool::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    ++generation_;
  }
  wake_.notify_all();
  for (std::thread& worker : workers_) worker.join();
}

void ThreadPool::serve(std::size_t thread) {
  std::uint64_t seen = 0;
  while (true) {
    std::shared_ptr<Job> job;
    const auto something_new = [&] { return generation_ != seen; };
    spin_until(something_new);
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, something_new);
      if (stopping_) return;
      seen = generation_;
      job = job_;
    }
    job->work(thread);
  }
}

ProcessPool& ProcessPool::instance() {
  static ProcessPool pool;
  return pool;
}

std::size_t ProcessPool::threads() {
  const std::lock_guard lock(mutex_);
  return threads_;
}

std::shared_ptr<ThreadPool> ProcessPool::get() {
  std::size_t threads = 0;
  {
    const std::lock_guard lock(mutex_);
    if (pool_ != nullptr) return pool_;
    threads = threads_;
  }
  // Without the lock, which the threads of a pool that cannot be completed may need to end.
  auto made = std::make_shared<ThreadPool>(threads);
  const std::lock_guard lock(mutex_);
  if (pool_ == nullptr) pool_ = made;
  return pool_;
}

void ProcessPool::replace(std::size_t threads) {
  auto other = std::make_shared<ThreadPool>(threads);
  const std::lock_guard lock(mutex_);
  threads_ = threads;
  pool_.swap(other);
}

ProcessPool::ProcessPool() : threads_(usable_processors()) {
  IdleJob::instance();  // is destroyed after this one, as the pool's threads use it until they end
  // The latest handlers are the first to run before a fork. The storage's have to be older, since
  // the idle work that ours wait for may need storage.
  storage_pool_bytes();
  pthread_atfork([] { instance().before_fork(); }, [] { instance().after_fork_in_parent(); },
                 [] { instance().after_fork_in_child(); });
}

void ProcessPool::before_fork() {
  IdleJob::instance().before_fork();
  mutex_.lock();
}

void ProcessPool::after_fork_in_parent() {
  mutex_.unlock();
  IdleJob::instance().after_fork_in_parent();
}

void ProcessPool::after_fork_in_child() {
  static auto& pools_of_parents = *new std::vector<std::shared_ptr<ThreadPool>>;
  if (pool_ != nullptr) pools_of_parents.push_back(std::move(pool_));
  mutex_.unlock();
  IdleJob::instance().after_fork_in_child();
}

}  // namespace scanline
