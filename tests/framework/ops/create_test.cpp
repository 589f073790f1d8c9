#include "scanline/framework/ops/create.hpp"

#include <cmath>
#include <limits>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/random.hpp"
#include "tests/catch.hpp"
#include "tests/framework/core/arrays.hpp"

using namespace scanline;
using test::values;
using Values = std::vector<double>;

TEST_CASE("tensors are filled with one number") {
  CHECK(values(zeros({2})) == Values{0, 0});
  CHECK(zeros({2, 0, 3}).shape() == Shape{2, 0, 3});
  CHECK(values(ones({2, 1})) == Values{1, 1});
  CHECK(values(full({2}, 2.5, DType::float64)) == Values{2.5, 2.5});
  CHECK(full({}, 7, DType::int64).item() == 7);
  for (const Tensor& x : {zeros({2}), ones({2}), full({2}, 3)}) {
    CHECK(x.dtype() == DType::float32);
    CHECK_FALSE(x.requires_grad());
  }
  CHECK(ones({2}, DType::float64, /*requires_grad=*/true).requires_grad());

  const Tensor like = zeros({2, 3}, DType::float64, /*requires_grad=*/true);
  for (const Tensor& x : {zeros_like(like), ones_like(like)}) {
    CHECK(x.shape() == Shape{2, 3});
    CHECK(x.dtype() == DType::float64);
    CHECK_FALSE(x.requires_grad());
  }
  CHECK(values(ones_like(like)) == Values(6, 1));
  CHECK_THROWS_WITH(zeros_like(Tensor()),
                    "zeros_like: expected a defined tensor or array, found an undefined one");
}

TEST_CASE("a tensor is written in nested braces") {
  CHECK(tensor(2.5).shape() == Shape{});
  CHECK(tensor(2.5).item() == 2.5);
  CHECK(tensor({}).shape() == Shape{0});
  CHECK(tensor({1, 2.5, -3}).shape() == Shape{3});
  CHECK(values(tensor({1, 2.5, -3})) == Values{1, 2.5, -3});
  CHECK(tensor({{1, 2, 3}, {4, 5, 6}}).shape() == Shape{2, 3});
  CHECK(values(tensor({{1, 2, 3}, {4, 5, 6}})) == Values{1, 2, 3, 4, 5, 6});
  CHECK(tensor({{1, 2}}).shape() == Shape{1, 2});
  CHECK(tensor({{1}, {2}}).shape() == Shape{2, 1});
  CHECK(tensor({5}).shape() == Shape{1});
  CHECK(tensor({{{1, 2}, {3, 4}}, {{5, 6}, {7, 8}}, {{9, 10}, {11, 12}}}).shape() ==
        Shape{3, 2, 2});
  const Index index = 3;
  const Tensor whole = tensor({index, Index{4}}, DType::int64);
  CHECK(whole.dtype() == DType::int64);
  CHECK(values(whole) == Values{3, 4});
  CHECK(tensor({1}).dtype() == DType::float32);
  CHECK(tensor({1}, DType::float64, /*requires_grad=*/true).requires_grad());
  CHECK_THROWS_WITH(tensor({{1, 2}, {3}}),
                    "tensor: lists in one list need one shape, got (2,) and (1,)");
  CHECK_THROWS_WITH(tensor({1, {2}}), "tensor: lists in one list need one shape, got () and (1,)");
}

TEST_CASE("random tensors come from the default stream") {
  const Index count = 20'000;
  for (const DType dtype : {DType::float32, DType::float64}) {
    set_default_random_state({.seed = 5});
    const Tensor x = rand({count}, dtype), y = randn({count}, dtype), z = randn({count}, dtype);
    CHECK(default_random_state().draws == 3);
    CHECK(x.dtype() == dtype);
    double mean = 0, square = 0, lowest = 1, highest = 0;
    for (Index i = 0; i < count; ++i) {
      lowest = std::min(lowest, x.value().at(i));
      highest = std::max(highest, x.value().at(i));
      mean += y.value().at(i) / static_cast<double>(count);
      square += y.value().at(i) * y.value().at(i) / static_cast<double>(count);
    }
    CHECK(lowest >= 0);
    CHECK(lowest < 0.001);
    CHECK(highest < 1);
    CHECK(highest > 0.999);
    CHECK(std::abs(mean) < 0.03);
    CHECK(std::abs(square - 1) < 0.05);
    CHECK(test::distance(y.value(), z.value()) > 0.1);
    set_default_random_state({.seed = 5});
    CHECK(test::distance(rand({count}, dtype).value(), x.value()) == 0);
  }
  set_default_random_state({});
  CHECK(randn({2, 3}, DType::float64, /*requires_grad=*/true).requires_grad());
  CHECK_THROWS_WITH(rand({2}, DType::int64), "rand: needs float32 or float64 elements, got int64");
}
