#include <future>
#include <vector>

#include "scanline/framework/ops/detail/best_kernels.hpp"
#include "tests/catch.hpp"
#include "tests/framework/kernels/activation_error.hpp"

using namespace scanline;

TEST_CASE("float sigmoid and tanh are accurate over all floats") {
  constexpr std::uint64_t parts = 16;
  const auto& kernels = best_kernels<float>();
  std::vector<std::future<test::ActivationErrors>> running;
  for (std::uint64_t part = 0; part < parts; ++part)
    running.push_back(std::async(std::launch::async, test::activation_errors, kernels.sigmoid,
                                 kernels.tanh, part, parts));
  for (auto& part : running) {
    const test::ActivationErrors errors = part.get();
    CHECK(errors.sigmoid.absolute < 0x1p-22);
    CHECK(errors.sigmoid.relative < 0x1p-20);
    CHECK(errors.tanh.absolute < 0x1p-22);
    CHECK(errors.tanh.relative < 0x1p-21);
    CHECK(errors.nan_mistakes == 0);
  }
}
