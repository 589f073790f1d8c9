#include "scanline/framework/optim/optimizer.hpp"

#include <cmath>
#include <limits>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/optim/adam.hpp"
#include "scanline/framework/optim/rmsprop.hpp"
#include "scanline/framework/optim/sgd.hpp"
#include "tests/catch.hpp"
#include "tests/framework/optim/problem.hpp"

using namespace scanline;
using test::Values;
using test::values_of;
using test::vector_of;

TEST_CASE("an optimizer takes no other one's state") {
  const Tensor p = vector_of({1, 2}, DType::float32, true),
               q = vector_of({1}, DType::float32, true);
  optim::Adam adam({p}, 0.1, {});
  CHECK_THROWS_WITH(adam.load_state_dict(optim::Sgd({p}, 0.1, {}).state_dict()),
                    "tensors do not fit the optimizer: missing moment.0, square.0; "
                    "unexpected velocity.0");
  CHECK_THROWS_WITH(adam.load_state_dict(optim::Adam({q}, 0.1, {}).state_dict()),
                    ContainsSubstring("misshapen moment.0 (expected (2,), found (1,))"));
}

TEST_CASE("optimizers skip what has no gradient, and take no constants") {
  const Tensor used = vector_of({1, 2}, DType::float32, true);
  const Tensor unused = vector_of({3, 4}, DType::float32, true);
  optim::AdamW optimizer({used, unused}, 0.1);
  sum(used).backward();
  optimizer.step();
  CHECK(values_of(unused.value()) == Values{3, 4});
  CHECK(used.value().at(0) < 1);
  CHECK_THROWS_AS(optim::Sgd({vector_of({1}, DType::float32)}, 0.1, {}), Error);
}

TEST_CASE("an optimizer refuses a senseless learning rate") {
  const Tensor p = vector_of({1}, DType::float32, true);
  const double infinity = std::numeric_limits<double>::infinity();
  using optim::Adam, optim::AdamW, optim::RmsProp, optim::Sgd;
  for (const double rate : {-1.0, static_cast<double>(NAN), infinity}) {
    CHECK_THROWS_AS(Sgd({p}, rate, {}), Error);
    CHECK_THROWS_AS(RmsProp({p}, rate, {}), Error);
    CHECK_THROWS_AS(Adam({p}, rate, {}), Error);
    CHECK_THROWS_AS(AdamW({p}, rate), Error);
    Sgd sgd({p}, 0.1, {});
    CHECK_THROWS_AS(sgd.set_learning_rate(rate), Error);
    CHECK(sgd.learning_rate() == 0.1);
  }
  CHECK_THROWS_WITH(AdamW({p}, -1),
                    "AdamW: expected a finite learning rate of at least 0, found -1");
  CHECK_NOTHROW(Sgd({p}, 0, {}));
}
