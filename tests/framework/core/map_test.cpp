#include "scanline/framework/core/map.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "scanline/framework/core/error.hpp"
#include "tests/catch.hpp"
#include "tests/framework/core/arrays.hpp"

using namespace scanline;
using test::array;
using test::random_array;
using test::values;
using Values = std::vector<double>;

namespace {

/// Where element number `i` of `whole` comes from in an array of shape `part` that is broadcast to
/// it, worked out axis by axis.
Index source_of(Index i, const Shape& whole, const Shape& part) {
  Index position = 0, stride = 1;
  for (Index axis = 1; axis <= whole.rank(); ++axis) {
    const Index coordinate = i % whole[-axis];
    i /= whole[-axis];
    if (axis > part.rank()) continue;
    if (part[-axis] != 1) position += coordinate * stride;
    stride *= part[-axis];
  }
  return position;
}

/// Pairs of which the first broadcasts to the second.
const std::vector<std::pair<Shape, Shape>>& broadcasts() {
  static const std::vector<std::pair<Shape, Shape>> pairs{
      {{}, {}},
      {{}, {3}},
      {{1}, {1, 1}},
      {{}, {2, 3}},
      {{3}, {2, 3}},
      {{1, 3}, {2, 3}},
      {{2, 1}, {2, 3}},
      {{1, 1}, {2, 3}},
      {{4}, {2, 3, 4}},
      {{3, 4}, {2, 3, 4}},
      {{3, 1}, {2, 3, 4}},
      {{2, 1, 4}, {2, 3, 4}},
      {{2, 1, 1}, {2, 3, 4}},
      {{1, 3, 1}, {2, 3, 4}},
      {{2, 3, 4}, {2, 3, 4}},
      {{1}, {0}},
      {{3}, {0, 3}},
      {{0, 1}, {0, 3}},
      {{1, 3}, {2, 0, 3}},
      {{1, 1, 3}, {5, 2, 3}},
      {{5, 1, 1, 1, 2}, {5, 1, 3, 4, 2}},
  };
  return pairs;
}

}  // namespace

TEST_CASE("expand repeats along the axes that are missing or of extent 1") {
  for (const DType dtype : {DType::float32, DType::float64}) {
    for (const auto& [part, whole] : broadcasts()) {
      INFO(to_string(part) << " to " << to_string(whole));
      const Array source = random_array(part, 1, -1, 1, dtype), wide = expand(source, whole);
      REQUIRE(wide.shape() == whole);
      for (Index i = 0; i < wide.size(); ++i)
        CHECK(wide.at(i) == source.at(source_of(i, whole, part)));
    }
  }
  const Array same = Array::zeros({2, 3});
  CHECK(expand(same, {2, 3}).raw() == same.raw());
  CHECK_THROWS_WITH(expand(same, {3}), "expand: (2, 3) does not broadcast to (3,)");
  CHECK_THROWS_AS(expand(same, {2, 4}), Error);
  CHECK_THROWS_AS(expand(same, {2, 1}), Error);
}

TEST_CASE("add_to sums what expand repeats, and repeats what it sums") {
  for (const DType dtype : {DType::float32, DType::float64}) {
    for (const auto& [part, whole] : broadcasts()) {
      INFO(to_string(part) << " and " << to_string(whole));
      const Array narrow = random_array(part, 1, -1, 1, dtype);
      const Array wide = random_array(whole, 2, -1, 1, dtype);
      Values sums = values(narrow), repeated = values(wide);
      for (Index i = 0; i < wide.size(); ++i) {
        const Index source = source_of(i, whole, part);
        sums[static_cast<std::size_t>(source)] += wide.at(i);
        repeated[static_cast<std::size_t>(i)] += narrow.at(source);
      }
      const Array into_narrow = narrow.copy(), into_wide = wide.copy();
      add_to(into_narrow, wide);
      add_to(into_wide, narrow);
      CHECK(test::distance(into_narrow.to(DType::float64), array(sums, part)) < 1e-5);
      CHECK(test::distance(into_wide.to(DType::float64), array(repeated, whole)) < 1e-6);
    }
  }
}

TEST_CASE("add_to can sum over one axis and repeat along another") {
  const Array into = array({100, 200}, {2, 1});
  add_to(into, array({1, 2, 3}, {1, 3}));
  CHECK(values(into) == Values{106, 206});
}

TEST_CASE("add_to refuses what does not broadcast, also where there is nothing to add") {
  CHECK_THROWS_AS(add_to(Array::zeros({2}), Array::zeros({3})), Error);
  CHECK_THROWS_AS(add_to(Array::zeros({3}), Array::zeros({0})), Error);
  CHECK_THROWS_WITH(add_to(Array::zeros({2}), Array::zeros({2}, DType::float64)),
                    "add_to: element types float32 and float64 differ");
}

TEST_CASE("the sum of many float32 elements does not drown in rounding errors") {
  const Array into = Array::zeros({});
  add_to(into, Array::full({1'000'000}, 0.1));
  CHECK(into.item() == Approx(100'000).epsilon(1e-6));
}

TEST_CASE("sums of float32 along any axes are right, whatever their length") {
  // Lengths beside those at which sums are cut, and longer ones; the other axes stay small.
  for (const Index length : {1, 2, 63, 64, 65, 127, 129, 511, 512, 513, 575, 577, 5000}) {
    const std::vector<std::pair<Shape, Shape>> sums{
        {{1}, {length}},
        {{3}, {length, 3}},
        {{1, 3}, {length, 3}},
        {{3, 1}, {3, length}},
        {{2, 1, 3}, {2, length, 3}},
        {{1, 3, 1}, {2, 3, length}},
        {{1, 3, 1}, {length, 3, 2}},
        {{1, 2, 1, 3}, {length, 2, 2, 3}},
        {{2, 1, 1}, {2, 3, length}},
    };
    for (const auto& [part, whole] : sums) {
      INFO(to_string(whole) << " summed to " << to_string(part));
      const Array wide = random_array(whole, 1, 0.5, 1.5, DType::float32);
      const Array narrow = random_array(part, 2, -1, 1, DType::float32);
      Values exact = values(narrow);
      for (Index i = 0; i < wide.size(); ++i)
        exact[static_cast<std::size_t>(source_of(i, whole, part))] += wide.at(i);
      add_to(narrow, wide);
      for (Index i = 0; i < narrow.size(); ++i)
        CHECK(narrow.at(i) == Approx(exact[static_cast<std::size_t>(i)]).epsilon(4e-6));
    }
  }
}

TEST_CASE("sums of as many float32 ones as there are, beyond 2^24") {
  constexpr Index count = (Index{1} << 24) + 1000;
  const Array ones = Array::full({count}, 1);
  const Array columns = Array::zeros({2}), rows = Array::zeros({2, 1});
  add_to(columns, ones.reshape({count / 2, 2}));
  CHECK(values(columns) == Values{count / 2, count / 2});
  add_to(columns, ones.reshape({count / 2, 2}));
  add_to(columns, ones.reshape({count / 2, 2}));
  CHECK(values(columns) == Values{count / 2 * 3, count / 2 * 3});
  add_to(rows, ones.reshape({2, count / 2}));
  add_to(rows, ones.reshape({2, count / 2}));
  add_to(rows, ones.reshape({2, count / 2}));
  CHECK(values(rows) == Values{count / 2 * 3, count / 2 * 3});
}

TEST_CASE("the sum over a batch of rows is a running sum in the order of the rows") {
  // Training depends on these bits.
  for (const Index rows : {1, 88, 128, 512}) {
    const Array source = random_array({rows, 10}, 3, -1, 1, DType::float32);
    std::vector<float> running(10);
    for (Index i = 0; i < source.size(); ++i)
      running[static_cast<std::size_t>(i % 10)] += source.data<float>()[i];
    const Array sums = Array::zeros({10});
    add_to(sums, source);
    CHECK(test::distance(sums, Array::from(running, {10})) == 0);
  }
}

TEST_CASE("the float32 sum over ten classes is a running sum") {
  const Array source = random_array({128, 10}, 4, 0, 1, DType::float32);
  const Array sums = Array::zeros({128, 1});
  add_to(sums, source);
  for (Index row = 0; row < 128; ++row) {
    float running = 0;
    for (Index i = 0; i < 10; ++i) running += source.data<float>()[row * 10 + i];
    CHECK(sums.data<float>()[row] == running);
  }
}

TEST_CASE("map applies a function to operands that broadcast") {
  const auto combine = [](auto a, auto b, auto c) { return a * b + c; };
  for (const auto& [part, whole] : broadcasts()) {
    INFO(to_string(part) << " and " << to_string(whole));
    const Array a = random_array(part, 1), b = random_array(whole, 2), c = random_array(part, 3);
    const Array result = map("combine", {a, b, c}, combine);
    REQUIRE(result.shape() == whole);
    for (Index i = 0; i < result.size(); ++i) {
      const Index source = source_of(i, whole, part);
      CHECK(result.at(i) == Approx(a.at(source) * b.at(i) + c.at(source)).epsilon(1e-12));
    }
  }
}

TEST_CASE("map and accumulate stretch operands of many elements, piece by piece") {
  const Array whole = random_array({3, 5, 2, 1201}, 1);
  for (const Shape& shape : {Shape{3, 5, 2, 1}, Shape{1201}, Shape{5, 1, 1201}, Shape{3, 1, 2, 1},
                             Shape{1, 5, 1, 1}, Shape{}}) {
    INFO(to_string(shape));
    const Array part = random_array(shape, 2), sum = whole.copy();
    const auto product = [](auto a, auto b) { return a * b; };
    const Array result = map("product", {part, whole}, product);
    accumulate("product", sum, {whole, part}, product);
    const Array expanded = expand(part, whole.shape());
    double largest = 0;
    for (Index i = 0; i < whole.size(); ++i) {
      const double expected = expanded.at(i) * whole.at(i);
      largest = std::max({largest, std::abs(result.at(i) - expected),
                          std::abs(sum.at(i) - (whole.at(i) + expected))});
    }
    CHECK(largest < 1e-12);
  }
}

TEST_CASE("map names its op, both shapes and both element types") {
  const auto add = [](auto a, auto b) { return a + b; };
  CHECK_THROWS_WITH(map("sweep", {Array::zeros({2}), Array::zeros({3})}, add),
                    "sweep: shapes (2,) and (3,) do not broadcast: 2 and 3 differ");
  CHECK_THROWS_WITH(map("sweep", {Array::zeros({2}), Array::zeros({2}, DType::float64)}, add),
                    "sweep: element types float32 and float64 differ");
  const Array whole = Array::zeros({2}, DType::int64);
  CHECK_THROWS_WITH(map("sweep", {whole, whole}, add),
                    "sweep: needs float32 or float64 elements, got int64");
}

TEST_CASE("accumulate adds to what is there") {
  const auto product = [](auto a, auto b) { return a * b; };
  const Array same = array({1, 1}), narrow = array({1}, {1}), wide = array({0, 0, 0, 0}, {2, 2});
  for (const Array& into : {same, narrow, wide})
    accumulate("product", into, {array({2, 3}), array({4, 5})}, product);
  CHECK(values(same) == Values{9, 16});
  CHECK(values(narrow) == Values{24});
  CHECK(values(wide) == Values{8, 15, 8, 15});
  CHECK_THROWS_WITH(accumulate("product", same, {Array::zeros({2}), Array::zeros({2})}, product),
                    "product: element types float64 and float32 differ");
}
