#include "scanline/framework/optim/ema.hpp"

#include <cmath>

#include "scanline/framework/core/error.hpp"
#include "tests/catch.hpp"
#include "tests/framework/optim/problem.hpp"

using namespace scanline;
using test::Values;
using test::values_of;
using test::vector_of;

TEST_CASE("averaged weights follow the weights, and change places with them") {
  const Tensor p = vector_of({1, -1}, DType::float64, true);
  optim::Ema ema({p}, 0.5);
  const auto set = [&](double value) { p.value().fill(value); };
  // The decay is (1 + t) / (10 + t) at first: 2/11, 3/12, ...
  set(2);
  ema.update();
  const double first = 2.0 / 11 * 1 + 9.0 / 11 * 2;
  set(4);
  ema.update();
  const double second = 0.25 * first + 0.75 * 4;
  ema.swap();
  CHECK(p.value().at(0) == Approx(second).epsilon(1e-14));
  ema.swap();
  CHECK(values_of(p.value()) == Values{4, 4});
  // Later it is what was asked for.
  for (int t = 0; t < 20; ++t) ema.update();
  ema.swap();
  const double before = p.value().at(0);
  ema.swap();
  set(0);
  ema.update();
  ema.swap();
  CHECK(p.value().at(0) == Approx(before / 2).epsilon(1e-12));
}

TEST_CASE("averaged weights go on from their state") {
  const Tensor p = vector_of({1, -1}, DType::float32, true);
  optim::Ema first({p}, 0.9), second({p}, 0.9);
  for (const double value : {2.0, 5.0, 3.0}) {
    p.value().fill(value);
    first.update();
  }
  second.load_state_dict(first.state_dict());
  p.value().fill(7);
  first.update();
  second.update();
  CHECK(values_of(first.state_dict().at("0")) == values_of(second.state_dict().at("0")));
  CHECK(second.state_dict().at("updates").item() == 4);
}

TEST_CASE("averaged weights refuse a senseless decay") {
  const Tensor p = vector_of({1}, DType::float32, true);
  CHECK_THROWS_WITH(optim::Ema({p}, 1), "Ema: expected decay from 0 to below 1, found 1");
  CHECK_THROWS_AS(optim::Ema({p}, NAN), Error);
}
