#include <future>
#include <vector>

#include "tests/catch.hpp"
#include "tests/framework/kernels/activation_error.hpp"

using namespace scanline;

TEST_CASE("float sigmoid and tanh are within 2^-22 over all floats") {
  constexpr std::uint64_t parts = 16;
  std::vector<std::future<test::ActivationErrors>> running;
  for (std::uint64_t part = 0; part < parts; ++part)
    running.push_back(std::async(std::launch::async, test::activation_errors, part, parts));
  for (auto& part : running) {
    const test::ActivationErrors errors = part.get();
    CHECK(errors.sigmoid < 0x1p-22);
    CHECK(errors.tanh < 0x1p-22);
    CHECK(errors.nan_mistakes == 0);
  }
}
