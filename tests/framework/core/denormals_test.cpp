#include "scanline/framework/core/denormals.hpp"

#include <chrono>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "scanline/framework/core/map.hpp"
#include "scanline/framework/core/parallel.hpp"
#include "tests/catch.hpp"

using namespace scanline;

namespace {

/// A denormal result and one of a denormal operand, computed by each thread that takes part.
std::vector<float> products() {
  std::vector<float> result;
  std::set<std::thread::id> threads;
  std::mutex mutex;
  parallel_for(64, [&](Index) {
    volatile float normal = 1e-30F, denormal = 1e-40F;
    volatile float of_normal = normal * 1e-10F;  // volatile, so that each is computed here
    const float of_denormal = denormal * 1e10F;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    const std::lock_guard lock(mutex);
    threads.insert(std::this_thread::get_id());
    result.insert(result.end(), {of_normal, of_denormal});
  });
  CHECK(threads.size() > 1);
  return result;
}

}  // namespace

TEST_CASE("denormal numbers are kept, or flushed to 0 on all threads") {
  const int threads = thread_count();
  set_thread_count(3);
  for (const float product : products()) CHECK(product > 0);
  if (set_flush_denormal(true)) {
    CHECK(thread_count() == 3);
    for (const float product : products()) CHECK(product == 0);
    const Array halves =
        map("half", {Array::full({100'000}, 1.2e-38)}, [](auto v) { return v / 2; });
    for (Index i = 0; i < halves.size(); ++i) REQUIRE(halves.data<float>()[i] == 0);
    // Threads that are started later do the same.
    set_thread_count(2);
    for (const float product : products()) CHECK(product == 0);
    CHECK(set_flush_denormal(false));
  }
  for (const float product : products()) CHECK(product > 0);
  set_thread_count(threads);
}
