#include "scanline/framework/core/idle_work.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <stdexcept>
#include <thread>
#include <vector>

#include "scanline/framework/core/parallel.hpp"
#include "tests/catch.hpp"
#include "tests/framework/core/in_child.hpp"
#include "tests/framework/core/thread_count.hpp"

using namespace scanline;
using test::ThreadCount;

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

TEST_CASE("idle work has the flags of the thread that began it") {
  constexpr std::uint32_t flag = std::uint32_t{1} << 31;
  const ThreadCount use(3);
  std::atomic<int> with_flag{0};
  const auto body = [&](Index) { with_flag += (thread_flags() & flag) != 0; };
  IdleWork without(100, body);
  thread_flags() |= flag;
  parallel_for(3, [](Index) {});
  without.finish();
  CHECK(with_flag == 0);
  IdleWork with(100, body);
  thread_flags() &= ~flag;
  parallel_for(3, [](Index) {});
  with.finish();
  CHECK(with_flag == 100);
}

#ifndef __SANITIZE_THREAD__  // which refuses threads in forked children
TEST_CASE("a forked child finishes idle work that its parent has begun") {
  const ThreadCount use(2);
  for (int repeat = 0; repeat < 20; ++repeat) {
    std::vector<std::atomic<int>> runs(2000);
    const auto all_once = [&] {
      return std::all_of(runs.begin(), runs.end(), [](const auto& run) { return run == 1; });
    };
    IdleWork work(2000, [&](Index i) {
      ++runs[static_cast<std::size_t>(i)];
      std::this_thread::sleep_for(std::chrono::microseconds(20));
    });
    parallel_for(2, [](Index i) {  // meanwhile one thread begins with the idle work
      if (i == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    });
    CHECK(test::in_child([&] {
            work.finish();
            return all_once();
          }) == test::Child::succeeded);
    work.finish();
    CHECK(all_once());
  }
}
#endif
