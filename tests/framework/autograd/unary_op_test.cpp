#include "scanline/framework/autograd/unary_op.hpp"

#include <cmath>

#include "scanline/framework/autograd/gradcheck.hpp"
#include "scanline/framework/core/error.hpp"
#include "scanline/framework/ops/reduce.hpp"
#include "tests/catch.hpp"
#include "tests/framework/core/arrays.hpp"

using namespace scanline;
using test::array;
using test::leaf;
using test::values;
using Values = std::vector<double>;

namespace {

Tensor cube(const Tensor& x) {
  return unary_op(
      "cube", x, [](auto v) { return v * v * v; },
      of_input([](auto g, auto v) { return 3 * g * v * v; }));
}

Tensor reciprocal(const Tensor& x) {
  return unary_op(
      "reciprocal", x, [](auto v) { return 1 / v; },
      of_output([](auto g, auto y) { return -g * y * y; }));
}

Tensor twice(const Tensor& x) {
  const auto add_itself = [](auto v) { return v + v; };
  return unary_op("twice", x, add_itself, of_neither(add_itself));
}

}  // namespace

TEST_CASE("a gradient is computed from the input, the output or neither") {
  const Tensor x = leaf(array({2, -4}));
  CHECK(values(cube(x)) == Values{8, -64});
  CHECK(values(reciprocal(x)) == Values{0.5, -0.25});
  CHECK(values(twice(x)) == Values{4, -8});
  for (Tensor (*op)(const Tensor&) : {cube, reciprocal, twice})
    CHECK(gradcheck([&] { return op(x); }, {x}).passed());
}

TEST_CASE("only what the gradient is computed from is saved") {
  const auto passes_after_change = [](Tensor (*op)(const Tensor&), bool changes_input) {
    const Tensor x = leaf(array({1, 2})), y = op(x);
    (changes_input ? x : y).value().fill(3);
    try {
      sum(y).backward();
      return true;
    } catch (const Error&) {
      return false;
    }
  };
  CHECK_FALSE(passes_after_change(cube, true));
  CHECK(passes_after_change(cube, false));
  CHECK(passes_after_change(reciprocal, true));
  CHECK_FALSE(passes_after_change(reciprocal, false));
  CHECK(passes_after_change(twice, true));
  CHECK(passes_after_change(twice, false));
}

TEST_CASE("an op of one tensor refuses what it cannot compute in its own name") {
  CHECK_THROWS_WITH(cube(Tensor()),
                    "cube: expected a defined tensor or array, found an undefined one");
  CHECK_THROWS_WITH(reciprocal(Tensor(test::indices({1}))),
                    "reciprocal: needs float32 or float64 elements, got int64");
}
