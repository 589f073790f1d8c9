#include "scanline/framework/autograd/grad_mode.hpp"

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <thread>

#include "scanline/framework/core/parallel.hpp"
#include "scanline/framework/ops/elementwise.hpp"
#include "tests/catch.hpp"
#include "tests/framework/core/arrays.hpp"

using namespace scanline;

TEST_CASE("under NoGrad ops record nothing") {
  const Tensor x = test::leaf(test::array({2}));
  CHECK((x * x).requires_grad());
  {
    const NoGrad outer;
    {
      const NoGrad inner;
      CHECK_FALSE(grad_enabled());
    }
    CHECK_FALSE(grad_enabled());
    const Tensor y = x * x;
    CHECK(y.item() == 4);
    CHECK_FALSE(y.requires_grad());
    CHECK(x.node().use_count() == 1);
  }
  CHECK(grad_enabled());
}

TEST_CASE("NoGrad ends with an exception, and concerns its own thread alone") {
  const auto fail = [] {
    const NoGrad no_grad;
    throw std::runtime_error("stop");
  };
  CHECK_THROWS(fail());
  CHECK(grad_enabled());
  const NoGrad no_grad;
  bool elsewhere = false;
  std::thread([&] { elsewhere = grad_enabled(); }).join();
  CHECK(elsewhere);
}

TEST_CASE("NoGrad holds in the bodies of parallel_for on other threads") {
  const int before = thread_count();
  set_thread_count(3);
  const Tensor x = test::leaf(test::array({2}));
  // Three bodies, each of which waits until all run, and so three threads.
  const auto recorded = [&] {
    std::atomic<int> result{0}, arrived{0};
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    parallel_for(3, [&](Index) {
      ++arrived;
      while (arrived < 3 && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
      result += (x * x).requires_grad();
    });
    return result.load();
  };
  {
    const NoGrad no_grad;
    CHECK(recorded() == 0);
  }
  CHECK(recorded() == 3);
  set_thread_count(before);
}
