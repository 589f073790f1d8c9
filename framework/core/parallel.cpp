#include "framework/core/parallel.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <exception>
#include <limits>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "framework/core/error.hpp"

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

class Pool {
 public:
  explicit Pool(std::size_t threads) {
    // The caller works too, as number 0, so the pool itself has one thread fewer.
    for (std::size_t i = 1; i < threads; ++i) workers_.emplace_back([this, i] { serve(i); });
  }

  ~Pool() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_all();
    for (std::thread& worker : workers_) worker.join();
  }

  std::size_t threads() const { return workers_.size() + 1; }

  /// What threads shall do while they wait.
  void offer(const std::shared_ptr<Job>& idle_job) {
    const std::lock_guard lock(mutex_);
    idle_job_ = idle_job;
    has_idle_job_ = true;
  }
  void withdraw(const std::shared_ptr<Job>& idle_job) {
    const std::lock_guard lock(mutex_);
    if (idle_job_ != idle_job) return;
    idle_job_.reset();
    has_idle_job_ = false;
  }

  void run(const std::shared_ptr<Job>& job) {
    {
      const std::lock_guard lock(mutex_);
      job_ = job;
      ++generation_;
    }
    wake_.notify_all();
    job->work(0);
    const auto all_done = [&] { return job->is_done(); };
    wait_a_little(all_done);
    std::unique_lock lock(job->mutex);
    job->all_done.wait(lock, all_done);
  }

 private:
  void serve(std::size_t thread) {
    std::uint64_t seen = 0;
    while (true) {
      std::shared_ptr<Job> job;
      wait_a_little([&] { return generation_ != seen; });
      {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [&] { return stopping_ || generation_ != seen; });
        if (stopping_) return;
        seen = generation_;
        job = job_;
      }
      job->work(thread);
    }
  }

  /// Runs one body of what there is to do meanwhile; returns whether there was one.
  bool use_time() {
    if (!has_idle_job_) return false;
    std::shared_ptr<Job> job;
    {
      const std::lock_guard lock(mutex_);
      job = idle_job_;
    }
    if (job == nullptr) return false;
    if (job->work(0, 1) == 1) return true;
    withdraw(job);
    return false;
  }

  /// Waits a little for `happened`, with what there is to do meanwhile, or giving way to other
  /// threads. To sleep and be woken takes longer than most waits between the jobs of a training
  /// step.
  template <class Condition>
  void wait_a_little(Condition happened) {
    constexpr int looks = 200;
    for (int i = 0; i < looks && !happened();) {
      if (use_time()) continue;
      std::this_thread::yield();
      ++i;
    }
  }

  std::mutex mutex_;
  std::condition_variable wake_;
  std::shared_ptr<Job> job_;
  std::atomic<std::uint64_t> generation_{0};
  std::shared_ptr<Job> idle_job_;
  std::atomic<bool> has_idle_job_{false};
  bool stopping_ = false;
  std::vector<std::thread> workers_;
};

std::unique_ptr<Pool>& pool() {
  static auto instance = std::make_unique<Pool>(std::max(1U, std::thread::hardware_concurrency()));
  return instance;
}

}  // namespace

int thread_count() { return static_cast<int>(pool()->threads()); }

void set_thread_count(int count) {
  if (count < 1) throw Error(fmt::format("threads: needs at least 1, got {}", count));
  if (count != thread_count()) pool() = std::make_unique<Pool>(static_cast<std::size_t>(count));
}

void parallel_for(Index count, const std::function<void(Index)>& body) {
  if (count <= 1 || inside_parallel_for || pool()->threads() == 1) {
    for (Index i = 0; i < count; ++i) body(i);
    return;
  }
  const auto job = std::make_shared<Job>(body, count, pool()->threads());
  pool()->run(job);
  job->rethrow_failure();
}

void parallel_for_ranges(Index count, Index size, const std::function<void(Index, Index)>& body) {
  parallel_for((count + size - 1) / size,
               [&](Index number) { body(number * size, std::min((number + 1) * size, count)); });
}

IdleWork::IdleWork(Index count, std::function<void(Index)> body)
    : body_(std::move(body)), job_(std::make_shared<Job>(body_, count, 1)) {
  pool()->offer(job_);
}

IdleWork::~IdleWork() {
  try {
    finish();
  } catch (...) {  // nobody wants the results any more
  }
}

void IdleWork::finish() {
  pool()->withdraw(job_);
  if (!job_->is_done()) pool()->run(job_);
  job_->rethrow_failure();
}

}  // namespace scanline
