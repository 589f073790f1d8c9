#include "scanline/framework/core/parallel.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <mutex>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/storage.hpp"
#include "tests/catch.hpp"
#include "tests/framework/core/in_child.hpp"
#include "tests/framework/core/thread_count.hpp"

using namespace scanline;
using test::ThreadCount;

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

TEST_CASE("the number of threads may change while another thread computes") {
  const ThreadCount use(2);
  std::atomic<int> runs{0};
  std::thread caller([&] {
    for (int repeat = 0; repeat < 500; ++repeat) parallel_for(7, [&](Index) { ++runs; });
  });
  for (int change = 0; change < 50; ++change) set_thread_count(1 + change % 4);
  caller.join();
  CHECK(runs == 500 * 7);
}

TEST_CASE("a body cannot change the number of threads") {
  const ThreadCount use(2);
  CHECK_THROWS_WITH(parallel_for(4, [](Index) { set_thread_count(3); }),
                    "threads: expected no call from within parallel_for, found one");
  CHECK(thread_count() == 2);
}

TEST_CASE("flags of the calling thread hold in the bodies that it starts, and nowhere else") {
  constexpr std::uint32_t flag = std::uint32_t{1} << 31;
  const ThreadCount use(3);
  const auto bodies_with_flag = [] {
    std::atomic<int> with{0}, arrived{0};
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    parallel_for(3, [&](Index) {  // one on each thread
      ++arrived;
      while (arrived < 3 && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
      with += (thread_flags() & flag) != 0;
    });
    return with.load();
  };
  thread_flags() |= flag;
  CHECK(bodies_with_flag() == 3);
  thread_flags() &= ~flag;
  CHECK(bodies_with_flag() == 0);
}

#ifndef __SANITIZE_THREAD__  // which refuses threads in forked children

TEST_CASE("a forked child ends, computes and changes its threads") {
  const ThreadCount use(3);
  for (int repeat = 0; repeat < 5; ++repeat) {
    parallel_for(3, [](Index) {});
    if (repeat > 0) std::this_thread::sleep_for(std::chrono::milliseconds(20));  // threads sleep
    CHECK(test::in_child([] { return true; }) == test::Child::succeeded);
    const auto computes = [] {
      std::atomic<int> runs{0};
      parallel_for(100, [&](Index) { ++runs; });
      return runs == 100 && thread_count() == 3;
    };
    CHECK(test::in_child(computes) == test::Child::succeeded);
    CHECK(test::in_child([&] {
            set_thread_count(2);
            return thread_count() == 2 &&
                   test::in_child([] { return true; }) == test::Child::succeeded;
          }) == test::Child::succeeded);
    CHECK(computes());
  }
}

#ifndef __SANITIZE_ADDRESS__  // to which what the other threads had is leaked in the child
TEST_CASE("a process may fork while other threads compute and allocate") {
  const ThreadCount use(2);
  std::atomic<bool> stop{false};
  std::thread other([&] {
    while (!stop) parallel_for(4, [](Index) { allocate_storage(1000); });
  });
  for (int repeat = 0; repeat < 50; ++repeat)
    CHECK(test::in_child([] {
            std::atomic<int> runs{0};
            parallel_for(4, [&](Index) { runs += allocate_storage(1000) != nullptr; });
            return runs == 4;
          }) == test::Child::succeeded);
  stop = true;
  other.join();
}

// The sanitizer also needs the address space for itself.
TEST_CASE("threads that cannot be started are an error, and the others stay") {
  CHECK(
      test::in_child([] {
        set_thread_count(2);
        test::limit_address_space(Index{200} << 20);
        try {
          set_thread_count(1000);  // stacks of 8 MiB
          return false;
        } catch (const Error& error) {
          if (std::string(error.what()).find("threads: expected 1000 to start, found that only ") !=
              0)
            return false;
        }
        std::atomic<int> runs{0};
        parallel_for(100, [&](Index) { ++runs; });
        return runs == 100 && thread_count() == 2;
      }) == test::Child::succeeded);
}
#endif

#endif

TEST_CASE("a pool needs a thread") {
  const int before = thread_count();
  CHECK_THROWS_WITH(set_thread_count(0), "threads: needs at least 1, got 0");
  CHECK_THROWS_AS(set_thread_count(-2), Error);
  CHECK(thread_count() == before);
}
