#include "scanline/framework/optim/adam.hpp"

#include <memory>
#include <vector>

#include "scanline/framework/core/error.hpp"
#include "tests/catch.hpp"
#include "tests/framework/optim/expected.hpp"
#include "tests/framework/optim/problem.hpp"

using namespace scanline;
using test::vector_of;
namespace expected = test::expected;

TEST_CASE("Adam and AdamW go where PyTorch's go") {
  test::check_trajectory<optim::Adam>(0.05, {}, expected::adam);
  test::check_trajectory<optim::Adam>(0.05, {.beta1 = 0.8, .beta2 = 0.99, .weight_decay = 0.1},
                                      expected::adam_decay);
  test::check_trajectory<optim::AdamW>(0.05, {}, expected::adamw);
  test::check_trajectory<optim::AdamW>(0.05, {.beta2 = 0.99, .weight_decay = 0.3},
                                       expected::adamw_decay);
}

TEST_CASE("an option that is not given has the default of its own optimizer") {
  const auto after_a_step = [](const auto& make) {
    const Tensor p = vector_of({1}, DType::float64, true);
    const auto optimizer = make(p);
    optimizer->zero_grad();
    sum(p).backward();
    optimizer->step();
    return p.value().at(0);
  };
  const auto adam = [](const Tensor& p) {
    return std::make_unique<optim::Adam>(std::vector{p}, 0.1);
  };
  const auto adamw = [](const Tensor& p) {
    return std::make_unique<optim::AdamW>(std::vector{p}, 0.1,
                                          optim::AdamW::Options{.beta2 = 0.99});
  };
  CHECK(after_a_step(adam) == Approx(0.9));
  CHECK(after_a_step(adamw) == Approx(0.9 - 0.1 * 0.01));
}

TEST_CASE("Adam and AdamW refuse senseless numbers") {
  const Tensor p = vector_of({1}, DType::float32, true);
  using optim::Adam, optim::AdamW;
  CHECK_THROWS_WITH(Adam({p}, 0.1, {.beta1 = 1}),
                    "Adam: expected beta1 from 0 to below 1, found 1");
  CHECK_THROWS_WITH(Adam({p}, 0.1, {.beta2 = 1}),
                    "Adam: expected beta2 from 0 to below 1, found 1");
  CHECK_THROWS_WITH(AdamW({p}, 0.1, {.beta1 = -0.1}),
                    "AdamW: expected beta1 from 0 to below 1, found -0.1");
  CHECK_THROWS_WITH(Adam({p}, 0.1, {.epsilon = -1}),
                    "Adam: expected a finite epsilon of at least 0, found -1");
  CHECK_THROWS_WITH(AdamW({p}, 0.1, {.weight_decay = -1}),
                    "AdamW: expected a finite weight_decay of at least 0, found -1");
}
