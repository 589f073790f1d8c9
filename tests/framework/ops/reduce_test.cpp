#include "scanline/framework/ops/reduce.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/ops/create.hpp"
#include "scanline/framework/ops/elementwise.hpp"
#include "scanline/framework/ops/gather.hpp"
#include "scanline/framework/ops/matmul.hpp"
#include "scanline/framework/ops/movement.hpp"
#include "tests/catch.hpp"
#include "tests/framework/core/arrays.hpp"

using namespace scanline;
using test::array;
using test::leaf;
using test::values;
using Values = std::vector<double>;

TEST_CASE("sums, means and maxima over axes") {
  const Tensor x(array({1, 2, 3, 4, 5, 12}, {2, 3}));
  CHECK(sum(x).shape() == Shape{});
  CHECK(sum(x).item() == 27);
  CHECK(mean(x).item() == 4.5);
  CHECK(max(x).item() == 12);
  CHECK(values(sum(x, {0})) == Values{5, 7, 15});
  CHECK(values(sum(x, {1})) == Values{6, 21});
  CHECK(values(mean(x, {-1})) == Values{2, 7});
  CHECK(values(max(x, {0})) == Values{4, 5, 12});
  CHECK(values(max(x, {1, 0})) == Values{12});
  CHECK(values(max(x, {})) == values(x));
  CHECK(sum(x, {0}, true).shape() == Shape{1, 3});
  CHECK(mean(x, {0, 1}, true).shape() == Shape{1, 1});
  CHECK(max(x, {-1}).shape() == Shape{2});
}

TEST_CASE("long means of float32 elements are as exact as the type") {
  const Tensor x = full({1'000'000, 2}, 0.1);
  for (const double average : values(mean(x, {0}))) CHECK(average == Approx(0.1).epsilon(1e-6));
  for (const double average : values(mean(reshape(x, {2, 1'000'000}), {1})))
    CHECK(average == Approx(0.1).epsilon(1e-6));
}

TEST_CASE("the mean of equal elements is that element") {
  for (const double value : {1.0, 41.0})
    for (Index n = 1; n < 200; ++n) CHECK(mean(full({n}, value)).item() == value);
}

TEST_CASE("the gradient of a bias over many rows") {
  constexpr Index rows = 1'000'000;
  const Tensor bias = leaf(Array::zeros({2}));
  const Tensor x(Array::full({rows, 1}, 1)), weight(Array::zeros({2, 1}));
  sum(linear(x, weight, bias) * 0.1).backward();
  for (const double slope : values(bias.grad())) CHECK(slope == Approx(100'000).epsilon(1e-6));
}

TEST_CASE("a reduction over any axes is the sum over positions") {
  const Array x = test::random_array({2, 3, 4, 2});
  for (int chosen = 0; chosen < 16; ++chosen) {
    std::vector<Index> axes;
    for (Index axis = 0; axis < 4; ++axis)
      if (chosen >> axis & 1) axes.push_back(axis);
    Shape kept = x.shape();
    for (const Index axis : axes) kept = kept.with(axis, 1);
    const Array sums = Array::zeros(kept, DType::float64),
                largest = Array::full(kept, -9, DType::float64);
    for (Index i = 0; i < x.size(); ++i) {
      Index rest = i, target = 0, stride = 1;
      for (Index axis = 3; axis >= 0; rest /= x.shape()[axis--]) {
        if (kept[axis] != 1) target += rest % x.shape()[axis] * stride;
        stride *= kept[axis];
      }
      sums.data<double>()[target] += x.at(i);
      largest.data<double>()[target] = std::max(largest.at(target), x.at(i));
    }
    CHECK(test::distance(sum(Tensor(x), axes, true).value(), sums) < 1e-14);
    CHECK(test::distance(max(Tensor(x), axes, true).value(), largest) == 0);
  }
}

TEST_CASE("reductions over no elements") {
  const Tensor none = zeros({2, 0});
  CHECK(sum(none).item() == 0);
  CHECK(values(sum(none, {1})) == Values{0, 0});
  CHECK(sum(none, {0}).shape() == Shape{0});
  CHECK(std::isnan(mean(none).item()));
  CHECK(max(none, {0}).shape() == Shape{0});
  CHECK_THROWS_WITH(max(none, {1}), "max: no elements to choose from along the axes of (2, 0)");
  CHECK_THROWS_AS(max(none), Error);
}

TEST_CASE("the largest of infinities is one, and a NaN is not passed over") {
  const double infinity = std::numeric_limits<double>::infinity();
  for (const DType dtype : {DType::float32, DType::float64}) {
    CHECK(max(full({3}, -infinity, dtype)).item() == -infinity);
    CHECK(max(Tensor(array({1, infinity, 2}).to(dtype))).item() == infinity);
    CHECK(std::isnan(max(Tensor(array({1, std::nan(""), 2}).to(dtype))).item()));
  }
}

TEST_CASE("several largest elements share the gradient") {
  const Tensor x = leaf(array({7, 1, 7, 2, 2, 2}, {2, 3}));
  sum(max(x, {1})).backward();
  CHECK(values(x.grad()) == Values{0.5, 0, 0.5, 1.0 / 3, 1.0 / 3, 1.0 / 3});
}

TEST_CASE("reductions refuse axes that do not exist or are named twice") {
  const Tensor x = zeros({2, 3});
  CHECK_THROWS_WITH(sum(x, {2}), "sum: axis 2 does not exist in an array of 2 axes");
  CHECK_THROWS_WITH(mean(x, {-3}), "mean: axis -3 does not exist in an array of 2 axes");
  CHECK_THROWS_WITH(max(x, {0, -2}), "max: axis -2 is named twice");
}

TEST_CASE("argmax says where the largest elements are") {
  const Tensor x(array({1, 5, 2, 5, 4, 3}, {2, 3}));
  const Array columns = argmax(x, 1), rows = argmax(x, -2);
  CHECK(columns.dtype() == DType::int64);
  CHECK(columns.shape() == Shape{2});
  CHECK(values(columns) == Values{1, 0});
  CHECK(values(rows) == Values{1, 0, 1});
  CHECK(argmax(Tensor(array({3, 3, 1})), 0).item() == 0);
  const double nan = std::nan("");
  CHECK(argmax(Tensor(array({3, nan, 9, nan})), 0).item() == 1);
  const Tensor wide(test::random_array({3, 4, 5}));
  const Array picks = argmax(wide, 1);
  REQUIRE(picks.shape() == Shape{3, 5});
  CHECK(test::distance(gather(wide, picks.reshape({3, 1, 5}), 1).value(),
                       max(wide, {1}, /*keep_axes=*/true).value()) == 0);
  CHECK(argmax(zeros({0, 3}), 1).shape() == Shape{0});
  CHECK_THROWS_WITH(argmax(zeros({2, 0}), 1),
                    "argmax: no elements to choose from along axis 1 of (2, 0)");
  CHECK_THROWS_WITH(argmax(x, 2), "argmax: axis 2 does not exist in an array of 2 axes");
}
