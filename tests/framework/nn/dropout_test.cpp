#include "scanline/framework/nn/dropout.hpp"

#include <algorithm>

#include "scanline/framework/core/error.hpp"
#include "tests/catch.hpp"
#include "tests/framework/core/arrays.hpp"

using namespace scanline;
using test::values;
using Values = std::vector<double>;

TEST_CASE("Dropout drops while training only") {
  nn::Dropout layer(0.5);
  const Tensor x(Array::full({1000}, 1));
  const Values dropped = values(layer(x));
  CHECK(std::count(dropped.begin(), dropped.end(), 0.0) == Approx(500).margin(80));
  layer.eval();
  CHECK(values(layer(x)) == values(x));
  nn::Dropout never(0);
  CHECK(values(never(x)) == values(x));
  CHECK_THROWS_WITH(nn::Dropout(1), "dropout: needs a probability in [0, 1), got 1");
  CHECK_THROWS_AS(nn::Dropout(-0.5), Error);
}
