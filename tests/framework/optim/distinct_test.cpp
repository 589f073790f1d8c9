#include "scanline/framework/optim/distinct.hpp"

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/optim/adam.hpp"
#include "scanline/framework/optim/clip.hpp"
#include "scanline/framework/optim/ema.hpp"
#include "scanline/framework/optim/sgd.hpp"
#include "tests/catch.hpp"
#include "tests/framework/optim/problem.hpp"

using namespace scanline;
using test::vector_of;

TEST_CASE("no element may be reached through two parameters") {
  const Tensor p = vector_of({1, 2}, DType::float32, true),
               q = vector_of({3}, DType::float32, true);
  CHECK_THROWS_WITH(optim::Adam({q, p, p}, 0.1, {}),
                    "Adam: expected parameters without common elements, found that number 1 "
                    "and 2 share some");
  CHECK_THROWS_AS(optim::Ema({p, p}, 0.5), Error);
  CHECK_THROWS_AS(optim::clip_grad_norm({p, q, p}, 1), Error);
  CHECK_THROWS_AS(optim::Sgd({p, Tensor()}, 0.1, {}), Error);

  const Array whole = Array::zeros({4});
  const auto part = [&](Index begin, Index end) { return Tensor(whole.rows(begin, end), true); };
  CHECK_THROWS_AS(optim::Sgd({Tensor(whole, true), Tensor(whole, true)}, 0.1, {}), Error);
  CHECK_THROWS_AS(optim::Sgd({part(0, 4), q, part(2, 3)}, 0.1, {}), Error);
  CHECK_NOTHROW(optim::Sgd({part(2, 4), q, part(0, 2), part(1, 1)}, 0.1, {}));
}
