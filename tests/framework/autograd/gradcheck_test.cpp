#include "scanline/framework/autograd/gradcheck.hpp"

#include <limits>

#include "scanline/framework/autograd/make_op.hpp"
#include "scanline/framework/core/error.hpp"
#include "scanline/framework/ops/elementwise.hpp"
#include "tests/catch.hpp"
#include "tests/framework/core/arrays.hpp"

using namespace scanline;
using test::random_leaf;

namespace {

/// x^2 with a backward function of the caller's.
Tensor square(const Tensor& x, BackwardFunction backward) {
  return make_op("square", {x}, map("square", {x.value()}, [](auto v) { return v * v; }),
                 std::move(backward));
}

}  // namespace

TEST_CASE("gradcheck passes a right gradient and leaves the values as they were") {
  const Tensor x = random_leaf({2, 3}, 1), y = random_leaf({3}, 2);
  const Array before = x.value().copy();
  const GradcheckResult result = gradcheck([&] { return exp(x) * y; }, {x, y});
  CHECK(result.passed());
  CHECK(result.failure.empty());
  CHECK(result.worst_error < 1e-8);
  CHECK(test::distance(x.value(), before) == 0);
  // Again, though gradients have been left behind.
  CHECK(gradcheck([&] { return exp(x) * y; }, {x, y}).passed());
  // A leaf that plays no part has a gradient of zero.
  CHECK(gradcheck([&] { return exp(x); }, {x, y}).passed());
  CHECK(gradcheck([&] { return x; }, {x}).passed());
}

TEST_CASE("gradcheck finds wrong gradients") {
  const Tensor x = random_leaf({2, 3}, 1, 0.5, 1);
  const Array xs = x.value();
  const auto fails = [&](BackwardFunction backward) {
    const GradcheckResult result = gradcheck([&] { return square(x, backward); }, {x});
    return !result.passed() && result.failure.find("leaf 0, element ") == 0;
  };
  const auto times = [](double factor) {
    return [factor](auto g, auto v) { return static_cast<decltype(v)>(factor) * g * v; };
  };
  CHECK_FALSE(fails([&](const Array& g, InputGrads& inputs) { inputs.add(0, {g, xs}, times(2)); }));
  CHECK(fails([&](const Array& g, InputGrads& inputs) { inputs.add(0, {g, xs}, times(1)); }));
  CHECK(fails([&](const Array& g, InputGrads& inputs) { inputs.add(0, {g, xs}, times(-2)); }));
  CHECK(fails([&](const Array& g, InputGrads& inputs) {
    inputs.add(0, {g, xs}, times(2 + 1e-5));
  }));
  CHECK(fails([](const Array&, InputGrads&) {}));
  CHECK(fails([](const Array&, InputGrads& inputs) {
    inputs[0].fill(std::numeric_limits<double>::quiet_NaN());
  }));
  // Right but for the last element, and right in sum.
  CHECK(fails([&](const Array& g, InputGrads& inputs) {
    inputs.add(0, {g, xs}, times(2));
    inputs[0].data<double>()[5] = 0;
  }));
  CHECK(fails([&](const Array& g, InputGrads& inputs) {
    inputs.add(0, {g, xs}, times(2));
    inputs[0].data<double>()[0] += 0.25;
    inputs[0].data<double>()[1] -= 0.25;
  }));
}

TEST_CASE("gradcheck finds an op that overwrites gradients instead of adding to them") {
  const Tensor x = random_leaf({3}, 1, 0.5, 1);
  const Array xs = x.value();
  const auto overwrite = [&](const Array& grad, InputGrads& inputs) {
    inputs[0].assign(map("slope", {grad, xs}, [](auto g, auto v) { return 2 * g * v; }));
  };
  CHECK(gradcheck([&] { return square(x, overwrite); }, {x}).passed());
  CHECK_FALSE(gradcheck([&] { return square(x, overwrite) + square(x, overwrite); }, {x}).passed());
}

TEST_CASE("gradcheck says which element of which leaf is off") {
  const Tensor x = random_leaf({2}, 1), y = test::leaf(test::array({1, 2, 3}));
  const Array ys = y.value();
  const auto doubled = [&] {
    return make_op("doubled", {y}, map("doubled", {ys}, [](auto v) { return v + v; }),
                   [](const Array& grad, InputGrads& inputs) {
                     inputs.add(0, {grad}, [](auto g) { return g + g; });
                     inputs[0].data<double>()[1] = 0;
                   });
  };
  const GradcheckResult result = gradcheck(doubled, {x, y});
  CHECK(result.failure.find("leaf 1, element 1: gradient 0 but differences give ") == 0);
  CHECK(result.worst_error > 0.1);
}

TEST_CASE("gradcheck needs leaves that it can check") {
  const Tensor x = test::leaf(Array::zeros({2})), constant(Array::zeros({2}, DType::float64));
  CHECK_THROWS_AS(gradcheck([&] { return x; }, {x}), Error);
  CHECK_THROWS_AS(gradcheck([&] { return constant; }, {constant}), Error);
}
