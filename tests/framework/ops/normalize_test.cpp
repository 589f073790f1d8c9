#include "scanline/framework/ops/normalize.hpp"

#include <cmath>

#include "tests/catch.hpp"
#include "tests/framework/core/arrays.hpp"

using namespace scanline;
using test::array;
using test::values;
using Values = std::vector<double>;

TEST_CASE("moments are the mean and the biased variance, along axes that stay") {
  const Tensor x(array({1, 3, 2, 6}, {2, 2}));
  const Moments rows = moments(x, {1}), all = moments(x, {0, 1});
  CHECK(rows.mean.shape() == Shape{2, 1});
  CHECK(values(rows.mean) == Values{2, 4});
  CHECK(values(rows.variance) == Values{1, 4});
  CHECK(values(all.mean) == Values{3});
  CHECK(values(all.variance) == Values{3.5});
}

TEST_CASE("standardised values have mean 0 and variance 1, but for epsilon") {
  const Tensor x(test::random_array({50, 4}, 1, 3, 9));
  const Moments after = moments(standardize(x, moments(x, {0}), 0), {0});
  for (const double mean : values(after.mean))
    CHECK(mean == Approx(0).epsilon(1e-12).margin(1e-13));
  for (const double variance : values(after.variance)) CHECK(variance == Approx(1).epsilon(1e-12));
  const Tensor two(array({1, 3}));
  CHECK(values(standardize(two, moments(two, {0}), 3)) == Values{-0.5, 0.5});
}
