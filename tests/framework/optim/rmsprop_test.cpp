#include "scanline/framework/optim/rmsprop.hpp"

#include <cmath>
#include <limits>

#include "scanline/framework/core/error.hpp"
#include "tests/catch.hpp"
#include "tests/framework/optim/expected.hpp"
#include "tests/framework/optim/problem.hpp"

using namespace scanline;
using test::vector_of;
namespace expected = test::expected;

TEST_CASE("RmsProp goes where PyTorch's goes") {
  test::check_trajectory<optim::RmsProp>(0.01, {}, expected::rmsprop);
  test::check_trajectory<optim::RmsProp>(0.01, {.alpha = 0.9, .momentum = 0.5, .weight_decay = 0.1},
                                         expected::rmsprop_momentum_decay);
}

TEST_CASE("RmsProp refuses senseless numbers") {
  const Tensor p = vector_of({1}, DType::float32, true);
  const double infinity = std::numeric_limits<double>::infinity();
  using optim::RmsProp;
  CHECK_THROWS_WITH(RmsProp({p}, 0.1, {.alpha = 2}),
                    "RmsProp: expected alpha from 0 to below 1, found 2");
  CHECK_THROWS_AS(RmsProp({p}, 0.1, {.epsilon = -1}), Error);
  CHECK_THROWS_AS(RmsProp({p}, 0.1, {.momentum = NAN}), Error);
  CHECK_THROWS_AS(RmsProp({p}, 0.1, {.weight_decay = infinity}), Error);
}
