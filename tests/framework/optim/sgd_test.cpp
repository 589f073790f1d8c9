#include "scanline/framework/optim/sgd.hpp"

#include "scanline/framework/core/error.hpp"
#include "tests/catch.hpp"
#include "tests/framework/optim/expected.hpp"
#include "tests/framework/optim/problem.hpp"

using namespace scanline;
using test::vector_of;
namespace expected = test::expected;

TEST_CASE("Sgd goes where PyTorch's goes") {
  test::check_trajectory<optim::Sgd>(0.02, {}, expected::sgd);
  test::check_trajectory<optim::Sgd>(0.02, {.momentum = 0.9}, expected::sgd_momentum);
  test::check_trajectory<optim::Sgd>(0.02, {.momentum = 0.9, .nesterov = true, .weight_decay = 0.1},
                                     expected::sgd_nesterov_decay);
}

TEST_CASE("Sgd refuses senseless numbers") {
  const Tensor p = vector_of({1}, DType::float32, true);
  using optim::Sgd;
  CHECK_THROWS_WITH(Sgd({p}, 0.1, {.nesterov = true}),
                    "Sgd: expected a momentum above 0 with nesterov, found 0");
  CHECK_THROWS_AS(Sgd({p}, 0.1, {.momentum = -0.5}), Error);
  CHECK_THROWS_AS(Sgd({p}, 0.1, {.weight_decay = -0.5}), Error);
}
