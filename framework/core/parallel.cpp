#include "framework/core/parallel.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "framework/core/error.hpp"

namespace scanline {
namespace {

/// True on a thread that is running a body; what it starts in turn runs in line.
thread_local bool inside_parallel_for = false;

/// Waits a little for `happened`, giving way to other threads; returns whether or not it did. To
/// sleep and be woken takes longer than most waits between the jobs of a training step.
template <class Condition>
void wait_a_little(Condition happened) {
  constexpr int looks = 200;
  for (int i = 0; i < looks && !happened(); ++i) std::this_thread::yield();
}

/// The bodies that one thread runs first, in a cache line of its own.
struct alignas(64) Share {
  std::atomic<Index> next;
  Index end;
};

/// One call of parallel_for. Workers hold it through a shared pointer, so that one which wakes up
/// late finds nothing left to do rather than a dangling reference.
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

  /// Runs what is left of the thread's share, then of the others'.
  void work(std::size_t thread) {
    Index finished = 0;
    std::exception_ptr thrown;
    for (std::size_t s = 0; s < shares.size(); ++s) {
      Share& share = shares[(thread + s) % shares.size()];
      for (Index i = share.next++; i < share.end; i = share.next++, ++finished) {
        try {
          body(i);
        } catch (...) {
          if (!thrown) thrown = std::current_exception();
        }
      }
    }
    if (finished == 0) return;
    const std::lock_guard lock(mutex);
    if (thrown && !failure) failure = thrown;
    done += finished;
    if (done == count) all_done.notify_all();
  }
};

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

  void run(Index count, const std::function<void(Index)>& body) {
    const auto job = std::make_shared<Job>(body, count, threads());
    {
      const std::lock_guard lock(mutex_);
      job_ = job;
      ++generation_;
    }
    wake_.notify_all();
    inside_parallel_for = true;
    job->work(0);
    inside_parallel_for = false;
    const auto all_done = [&] { return job->done == job->count; };
    wait_a_little(all_done);
    std::unique_lock lock(job->mutex);
    job->all_done.wait(lock, all_done);
    if (job->failure) std::rethrow_exception(job->failure);
  }

 private:
  void serve(std::size_t thread) {
    inside_parallel_for = true;
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

  std::mutex mutex_;
  std::condition_variable wake_;
  std::shared_ptr<Job> job_;
  std::atomic<std::uint64_t> generation_{0};
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
  pool()->run(count, body);
}

void parallel_for_ranges(Index count, Index size, const std::function<void(Index, Index)>& body) {
  parallel_for((count + size - 1) / size,
               [&](Index number) { body(number * size, std::min((number + 1) * size, count)); });
}

}  // namespace scanline
