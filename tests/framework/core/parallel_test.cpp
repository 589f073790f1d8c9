#include "framework/core/parallel.hpp"

#include <atomic>
#include <chrono>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

#include "framework/core/error.hpp"
#include "tests/catch.hpp"

using namespace scanline;

namespace {

struct ThreadCount {
  explicit ThreadCount(int count) : before(thread_count()) { set_thread_count(count); }
  ~ThreadCount() { set_thread_count(before); }
  int before;
};

}  // namespace

TEST_CASE("every index is run once, on any number of threads") {
  for (const int threads : {1, 2, 3, 8}) {
    const ThreadCount use(threads);
    CHECK(thread_count() == threads);
    for (const Index count : {0, 1, 2, 7, 1000}) {
      std::vector<std::atomic<int>> runs(static_cast<std::size_t>(count) + 1);
      parallel_for(count, [&](Index i) { ++runs[static_cast<std::size_t>(i)]; });
      int wrong = runs[static_cast<std::size_t>(count)];
      for (Index i = 0; i < count; ++i) wrong += runs[static_cast<std::size_t>(i)] != 1;
      CHECK(wrong == 0);
    }
  }
}

TEST_CASE("ranges cover all elements, once") {
  const ThreadCount use(3);
  for (const Index count : {0, 1, 4, 5, 8, 1000})
    for (const Index size : {1, 4, 2000}) {
      std::vector<std::atomic<int>> seen(static_cast<std::size_t>(count) + 1);
      std::atomic<int> wrong{0};
      parallel_for_ranges(count, size, [&](Index begin, Index end) {
        wrong += begin % size != 0 || end - begin < 1 || end - begin > size;
        for (Index i = begin; i < end; ++i) ++seen[static_cast<std::size_t>(i)];
      });
      for (Index i = 0; i <= count; ++i) wrong += seen[static_cast<std::size_t>(i)] != (i < count);
      CHECK(wrong == 0);
    }
}

TEST_CASE("each thread begins with its own share") {
  const ThreadCount use(2);
  for (int repeat = 0; repeat < 20; ++repeat) {
    std::mutex mutex;
    std::vector<Index> begun;
    std::atomic<int> arrived{0};
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    parallel_for(4, [&](Index i) {
      {
        const std::lock_guard lock(mutex);
        begun.push_back(i);
      }
      ++arrived;
      while (arrived < 2 && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
    });
    REQUIRE(begun.size() == 4);
    CHECK(std::set<Index>{begun[0], begun[1]} == std::set<Index>{0, 2});
  }
}

TEST_CASE("several threads take part") {
  const ThreadCount use(3);
  std::mutex mutex;
  std::set<std::thread::id> seen;
  // Each of three calls waits until all three are running, which one thread alone cannot reach.
  std::atomic<int> arrived{0};
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  parallel_for(3, [&](Index) {
    ++arrived;
    while (arrived < 3 && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
    const std::lock_guard lock(mutex);
    seen.insert(std::this_thread::get_id());
  });
  CHECK(seen.size() == 3);
  CHECK(seen.count(std::this_thread::get_id()) == 1);
}

TEST_CASE("an exception of a body reaches the caller, and the pool lives on") {
  for (const int threads : {1, 3}) {
    const ThreadCount use(threads);
    const auto body = [](Index i) {
      if (i == 5) throw std::runtime_error("five");
    };
    for (int repeat = 0; repeat < 20; ++repeat) CHECK_THROWS_WITH(parallel_for(10, body), "five");
    std::atomic<int> runs{0};
    parallel_for(10, [&](Index) { ++runs; });
    CHECK(runs == 10);
  }
}

TEST_CASE("a call from within a body runs where it is") {
  const ThreadCount use(3);
  std::atomic<int> runs{0}, elsewhere{0};
  parallel_for(4, [&](Index) {
    const auto outer = std::this_thread::get_id();
    parallel_for(5, [&](Index) {
      ++runs;
      elsewhere += std::this_thread::get_id() != outer;
    });
  });
  CHECK(runs == 20);
  CHECK(elsewhere == 0);
}

TEST_CASE("threads of the program may share the pool") {
  const ThreadCount use(3);
  std::atomic<int> runs{0};
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 4; ++caller)
    callers.emplace_back([&] {
      for (int repeat = 0; repeat < 200; ++repeat) parallel_for(7, [&](Index) { ++runs; });
    });
  for (std::thread& caller : callers) caller.join();
  CHECK(runs == 4 * 200 * 7);
}

TEST_CASE("idle work is done once it is finished, or given up, on any number of threads") {
  for (const int threads : {1, 2, 3}) {
    const ThreadCount use(threads);
    for (const Index count : {0, 1, 100})
      for (const bool finishes : {false, true}) {
        std::vector<std::atomic<int>> runs(static_cast<std::size_t>(count) + 1);
        {
          IdleWork work(count, [&](Index i) { ++runs[static_cast<std::size_t>(i)]; });
          parallel_for(50, [](Index) {});  // meanwhile, some of it may be done
          if (finishes) work.finish();
        }
        int wrong = runs[static_cast<std::size_t>(count)];
        for (Index i = 0; i < count; ++i) wrong += runs[static_cast<std::size_t>(i)] != 1;
        CHECK(wrong == 0);
      }
  }
}

TEST_CASE("a thread that would wait for the others takes from the idle work") {
  const ThreadCount use(2);
  std::atomic<int> ran{0};
  IdleWork work(10, [&](Index) { ++ran; });
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  parallel_for(2, [&](Index i) {
    if (i == 0)  // whoever runs the other body is through at once
      while (ran == 0 && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  });
  CHECK(ran > 0);
  work.finish();
  CHECK(ran == 10);
}

TEST_CASE("an exception of idle work appears when it is finished") {
  for (const int threads : {1, 2}) {
    const ThreadCount use(threads);
    const auto fails = [](Index i) {
      if (i == 3) throw std::runtime_error("three");
    };
    IdleWork work(8, fails);
    CHECK_THROWS_WITH(work.finish(), "three");
    const IdleWork given_up(8, fails);
  }
}

TEST_CASE("a pool needs a thread") {
  const int before = thread_count();
  CHECK_THROWS_WITH(set_thread_count(0), "threads: needs at least 1, got 0");
  CHECK_THROWS_AS(set_thread_count(-2), Error);
  CHECK(thread_count() == before);
}
