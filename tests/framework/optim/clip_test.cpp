#include "scanline/framework/optim/clip.hpp"

#include <cmath>
#include <limits>

#include "scanline/framework/core/error.hpp"
#include "tests/catch.hpp"
#include "tests/framework/optim/problem.hpp"

using namespace scanline;
using test::check_close;
using test::Values;
using test::values_of;
using test::vector_of;

TEST_CASE("clipping scales all gradients by their common norm") {
  const Tensor a = vector_of({0, 0}, DType::float64, true),
               b = vector_of({0}, DType::float64, true);
  const Tensor unused = vector_of({0}, DType::float64, true);
  (sum(a * vector_of({3, 0}, DType::float64)) + sum(b * 4)).backward();
  CHECK(optim::clip_grad_norm({a, b, unused}, 10) == Approx(5));
  CHECK(values_of(a.grad()) == Values{3, 0});
  CHECK(optim::clip_grad_norm({a, b, unused}, 1) == Approx(5));
  // As PyTorch does, with a millionth added to the norm.
  check_close({a.grad().at(0), b.grad().at(0)}, {3 / 5.000001, 4 / 5.000001}, 1e-15);
  a.grad().data<double>()[1] = NAN;
  CHECK(std::isnan(optim::clip_grad_norm({a, b}, 1)));
}

TEST_CASE("clipping refuses a senseless norm") {
  const Tensor p = vector_of({1}, DType::float32, true);
  CHECK_THROWS_WITH(optim::clip_grad_norm({p}, -1),
                    "clip_grad_norm: expected a max_norm of at least 0, found -1");
  CHECK_THROWS_AS(optim::clip_grad_norm({p}, NAN), Error);
  CHECK_NOTHROW(optim::clip_grad_norm({p}, std::numeric_limits<double>::infinity()));
}
