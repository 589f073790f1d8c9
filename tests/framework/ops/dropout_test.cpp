#include "scanline/framework/ops/dropout.hpp"

#include <algorithm>
#include <cmath>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/random.hpp"
#include "scanline/framework/dist/batch_share.hpp"
#include "scanline/framework/ops/create.hpp"
#include "scanline/framework/ops/movement.hpp"
#include "scanline/framework/ops/reduce.hpp"
#include "tests/catch.hpp"
#include "tests/framework/core/arrays.hpp"

using namespace scanline;
using test::leaf;
using test::values;

TEST_CASE("dropout drops with its probability and keeps the expectation") {
  set_default_random_state({5, 0});
  const Index count = 100'000;
  const std::vector<double> y = values(dropout(full({count}, 3, DType::float64), 0.25));
  const auto dropped = std::count(y.begin(), y.end(), 0.0);
  const auto kept = std::count(y.begin(), y.end(), 4.0);
  CHECK(dropped + kept == count);
  CHECK(static_cast<double>(dropped) / count == Approx(0.25).margin(0.007));
}

TEST_CASE("what dropout dropped gets no gradient, the rest is scaled alike") {
  set_default_random_state({5, 0});
  const Tensor x = leaf(Array::full({1000}, 1));
  const Tensor y = dropout(x, 0.5);
  sum(y).backward();
  CHECK(values(x.grad()) == values(y));
}

TEST_CASE("each call drops others, and the random default decides which") {
  const Tensor x = full({100}, 1);
  set_default_random_state({5, 0});
  const auto first = values(dropout(x, 0.5)), second = values(dropout(x, 0.5));
  CHECK(first != second);
  set_default_random_state({5, 0});
  CHECK(values(dropout(x, 0.5)) == first);
  set_default_random_state({6, 0});
  CHECK(values(dropout(x, 0.5)) != first);
  CHECK(values(dropout(x, 0)) == values(x));
}

TEST_CASE("a large array is dropped from one stream, in order") {
  constexpr Index count = 40'000;
  set_default_random_state({5, 0});
  Random stream = next_default_random();
  std::vector<double> expected;
  for (Index i = 0; i < count; ++i) expected.push_back(stream.uniform() < 0.5 ? 0 : 2);
  set_default_random_state({5, 0});
  CHECK(values(dropout(full({count}, 1), 0.5)) == expected);
}

TEST_CASE("dropout refuses what is no probability") {
  const Tensor x = zeros({1});
  CHECK_THROWS_WITH(dropout(x, 1), "dropout: needs a probability in [0, 1), got 1");
  CHECK_THROWS_AS(dropout(x, -0.1), Error);
  CHECK_THROWS_AS(dropout(x, std::nan("")), Error);
}

TEST_CASE("the rows of a share are dropped as in the whole batch") {
  constexpr Index total = 7, first = 2, rows = 3;
  for (const Index axis : {0, 1, 2}) {
    // Two positions for each row of the batch, as after a reshape.
    for (const Index positions : {1, 2}) {
      const auto shape = [&](Index extent) {
        return Shape{3, 4, 5}.with(axis, positions * extent);
      };
      set_default_random_state({.seed = 3});
      const Tensor whole = dropout(Tensor(Array::full(shape(total), 1)), 0.4, axis);
      set_default_random_state({.seed = 3});
      const dist::BatchScope scope({.first = first, .rows = rows, .total = total});
      const Tensor own = dropout(Tensor(Array::full(shape(rows), 1)), 0.4, axis);
      CHECK(values(own) ==
            values(slice(whole, axis, positions * first, positions * (first + rows))));
    }
  }
}
