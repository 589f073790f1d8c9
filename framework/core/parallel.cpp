#include "scanline/framework/core/parallel.hpp"

#include <fmt/format.h>
#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <limits>
#include <memory>
#include <mutex>
#include <new>
#include <shared_mutex>
#include <thread>
#include <utility>
#include <vector>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/storage.hpp"

namespace scanline {
namespace {

/// True on a thread that is running a body; what it starts in turn runs in line.
thread_local bool inside_parallel_for = false;

/// The bodies that one thread runs first, in a cache line of its own.
struct alignas(64) Share {
  std::atomic<Index> next;
  Index end;
};

}  // namespace

/// One call of parallel_for, or idle work. Threads hold it through a shared pointer, so that one
/// which wakes up late finds nothing left to do rather than a dangling reference.
struct Job {
  Job(const std::function<void(Index)>& run, Index number, std::size_t threads)
      : body(run), count(number), shares(threads) {
    const auto begin_of = [&](std::size_t share) {
      return count * static_cast<Index>(share) / static_cast<Index>(threads);
    };
    for (std::size_t i = 0; i < threads; ++i) {
      shares[i].next = begin_of(i);
      shares[i].end = begin_of(i + 1);
    }
  }

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
  Index work(std::size_t thread, Index most = std::numeric_limits<Index>::max()) {
    Index finished = 0;
    std::exception_ptr thrown;
    const bool was_inside = std::exchange(inside_parallel_for, true);
    const std::uint32_t own_flags = std::exchange(thread_flags(), flags);
    for (std::size_t s = 0; s < shares.size(); ++s) {
      Share& share = shares[(thread + s) % shares.size()];
      for (Index i; finished < most && (i = share.next++) < share.end; ++finished) {
        try {
          body(i);
        } catch (...) {
          if (!thrown) thrown = std::current_exception();
        }
      }
    }
    thread_flags() = own_flags;
    inside_parallel_for = was_inside;
    if (finished == 0) return 0;
    const std::lock_guard lock(mutex);
    if (thrown && !failure) failure = thrown;
    done += finished;
    if (is_done()) all_done.notify_all();
    return finished;
  }
};

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

/// The latest idle work, from which the threads of any pool take.
class IdleJob {
 public:
  void offer(const std::shared_ptr<Job>& job) {
    const std::lock_guard lock(mutex_);
    job_ = job;
    exists_ = true;
  }

  /// When this returns, no waiting thread runs a body of `job` any more.
  void withdraw(const std::shared_ptr<Job>& job) {
    // Before the lock, which is not to be had while threads run one body after the other.
    exists_ = false;
    const std::lock_guard lock(mutex_);
    if (job_ == job) job_.reset();
    exists_ = job_ != nullptr;
  }

  /// Runs one body, if there is one; returns whether there was.
  bool run_one() {
    if (!exists_) return false;
    const std::shared_lock lock(mutex_);
    const bool ran = job_ != nullptr && job_->work(0, 1) == 1;
    if (!ran) exists_ = false;
    return ran;
  }

  void before_fork() { mutex_.lock(); }
  void after_fork_in_parent() { mutex_.unlock(); }
  /// The lock is held by a thread of the parent, so the child takes a new one.
  void after_fork_in_child() { new (&mutex_) std::shared_mutex; }

 private:
  std::shared_mutex mutex_;  // shared by those that run bodies, so a fork cuts no body in two
  std::shared_ptr<Job> job_;
  std::atomic<bool> exists_{false};
};

IdleJob& idle_job() {
  static IdleJob instance;
  return instance;
}

class Pool {
 public:
  /// @throws Error when the system cannot start so many threads.
  explicit Pool(std::size_t threads) {
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

  ~Pool() { stop(); }
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  std::size_t threads() const { return workers_.size() + 1; }

  void run(const std::shared_ptr<Job>& job) {
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

 private:
  void stop() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
      ++generation_;
    }
    wake_.notify_all();
    for (std::thread& worker : workers_) worker.join();
  }

  void serve(std::size_t thread) {
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

  /// Waits for `happened`: with idle work while there is some, and then in a loop, but no longer
  /// than spin_time_. Most waits between the jobs of a training step are over by then, and sleeping
  /// and waking would take longer. The loop does not yield: beside another program that costs the
  /// processor for some milliseconds, and all other threads of a job would wait for this one.
  template <class Condition>
  void spin_until(Condition happened) {
    using Clock = std::chrono::steady_clock;
    for (auto begin = Clock::now(); !happened();) {
      if (idle_job().run_one()) {
        begin = Clock::now();
        continue;
      }
      if (Clock::now() - begin >= spin_time_) return;
      pause_processor();
    }
  }

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
  static ProcessPool& instance() {
    static ProcessPool pool;
    return pool;
  }

  std::size_t threads() {
    const std::lock_guard lock(mutex_);
    return threads_;
  }

  /// Whoever holds it may use it after `replace` too: it ends with its last handle.
  std::shared_ptr<Pool> get() {
    std::size_t threads = 0;
    {
      const std::lock_guard lock(mutex_);
      if (pool_ != nullptr) return pool_;
      threads = threads_;
    }
    // Without the lock, which the threads of a pool that cannot be completed may need to end.
    auto made = std::make_shared<Pool>(threads);
    const std::lock_guard lock(mutex_);
    if (pool_ == nullptr) pool_ = made;
    return pool_;
  }

  void replace(std::size_t threads) {
    auto other = std::make_shared<Pool>(threads);
    const std::lock_guard lock(mutex_);
    threads_ = threads;
    pool_.swap(other);
  }

 private:
  ProcessPool() {
    idle_job();  // is destroyed after this one, as the pool's threads use it until they end
    // The latest handlers are the first to run before a fork. The storage's have to be older, since
    // the idle work that ours wait for may need storage.
    storage_pool_bytes();
    pthread_atfork([] { instance().before_fork(); }, [] { instance().after_fork_in_parent(); },
                   [] { instance().after_fork_in_child(); });
  }

  void before_fork() {
    idle_job().before_fork();
    mutex_.lock();
  }
  void after_fork_in_parent() {
    mutex_.unlock();
    idle_job().after_fork_in_parent();
  }
  /// The threads of the parent's pool do not exist in the child, so nobody can end it: it is kept,
  /// for leak checkers to find, and the child starts its own when it needs one.
  void after_fork_in_child() {
    static auto& pools_of_parents = *new std::vector<std::shared_ptr<Pool>>;
    if (pool_ != nullptr) pools_of_parents.push_back(std::move(pool_));
    mutex_.unlock();
    idle_job().after_fork_in_child();
  }

  std::mutex mutex_;
  std::size_t threads_ = usable_processors();
  std::shared_ptr<Pool> pool_;
};

}  // namespace

std::uint32_t& thread_flags() {
  thread_local std::uint32_t flags = 0;
  return flags;
}

int thread_count() { return static_cast<int>(ProcessPool::instance().threads()); }

void set_thread_count(int count) {
  if (count < 1) throw Error(fmt::format("threads: needs at least 1, got {}", count));
  if (inside_parallel_for)
    throw Error("threads: expected no call from within parallel_for, found one");
  if (count != thread_count()) ProcessPool::instance().replace(static_cast<std::size_t>(count));
}

void parallel_for(Index count, const std::function<void(Index)>& body) {
  std::shared_ptr<Pool> pool;
  if (count > 1 && !inside_parallel_for) pool = ProcessPool::instance().get();
  if (pool == nullptr || pool->threads() == 1) {
    for (Index i = 0; i < count; ++i) body(i);
    return;
  }
  const auto job = std::make_shared<Job>(body, count, pool->threads());
  pool->run(job);
  job->rethrow_failure();
}

void parallel_for_ranges(Index count, Index size, const std::function<void(Index, Index)>& body) {
  parallel_for((count + size - 1) / size,
               [&](Index number) { body(number * size, std::min((number + 1) * size, count)); });
}

IdleWork::IdleWork(Index count, std::function<void(Index)> body)
    : body_(std::move(body)), job_(std::make_shared<Job>(body_, count, 1)) {
  idle_job().offer(job_);
}

IdleWork::~IdleWork() {
  try {
    finish();
  } catch (...) {  // nobody wants the results any more
  }
}

void IdleWork::finish() {
  idle_job().withdraw(job_);
  if (!job_->is_done()) ProcessPool::instance().get()->run(job_);
  job_->rethrow_failure();
}

}  // namespace scanline
