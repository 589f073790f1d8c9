#include "framework/autograd/grad_mode.hpp"

#include <stdexcept>
#include <thread>

#include "framework/ops/elementwise.hpp"
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
