#include "scanline/framework/ops/activation.hpp"

#include <cmath>
#include <limits>

#include "scanline/framework/autograd/backward.hpp"
#include "scanline/framework/core/error.hpp"
#include "scanline/framework/ops/create.hpp"
#include "scanline/framework/ops/elementwise.hpp"
#include "scanline/framework/ops/reduce.hpp"
#include "tests/catch.hpp"
#include "tests/framework/core/arrays.hpp"

using namespace scanline;
using test::array;
using test::leaf;
using test::random_array;
using test::values;
using Values = std::vector<double>;

TEST_CASE("activations at known points") {
  CHECK(values(relu(Tensor(array({-1, 0, 2})))) == Values{0, 0, 2});
  CHECK(sigmoid(Tensor(array({0}))).item() == 0.5);
  CHECK(sigmoid(Tensor(array({2}))).item() == Approx(0.8807970779778823).epsilon(1e-14));
  CHECK(tanh(Tensor(array({0.5}))).item() == Approx(0.46211715726000973).epsilon(1e-14));
  // x Phi(x), of tables of the normal distribution.
  CHECK(gelu(Tensor(array({1}))).item() == Approx(0.8413447460685429).epsilon(1e-14));
  CHECK(gelu(Tensor(array({-2}))).item() == Approx(-2 * 0.022750131948179195).epsilon(1e-12));
  CHECK(std::isnan(relu(Tensor(array({std::nan("")}))).item()));
}

TEST_CASE("tanh and sigmoid of float32 keep their digits close to 0") {
  for (const float x : {1e-45F, 1e-38F, 1e-8F, 1e-7F, 1e-6F, 1e-5F, 1e-4F, 0.01F, 0.3F, 0.5F})
    for (const float sign : {1.0F, -1.0F})
      CHECK(tanh(Tensor(array<float>({sign * x}))).item() ==
            Approx(std::tanh(static_cast<double>(sign * x))).epsilon(0x1p-21));
  CHECK(std::signbit(tanh(Tensor(array<float>({-0.0F}))).item()));
  for (const float x : {-5.0F, -20.0F, -60.0F, -87.0F})
    CHECK(sigmoid(Tensor(array<float>({x}))).item() ==
          Approx(1 / (1 + std::exp(-static_cast<double>(x)))).epsilon(0x1p-20));
  // A denormal result has as many digits as there are.
  CHECK(sigmoid(Tensor(array<float>({-100}))).item() == std::exp(-100.0F));
  const double infinity = std::numeric_limits<double>::infinity();
  CHECK(sigmoid(full({1}, -infinity)).item() == 0);
  CHECK(sigmoid(full({1}, infinity)).item() == 1);
}

TEST_CASE("the slope of relu at 0 is 0") {
  const Tensor x = leaf(array({-1, 0, 2}));
  sum(relu(x)).backward();
  CHECK(values(x.grad()) == Values{0, 0, 1});
}

TEST_CASE("softmax sums to 1 along its axis and grows with its input") {
  const Tensor x(array({0, std::log(2), std::log(3), 1, 1, 1}, {2, 3}));
  const Values last = values(softmax(x, -1));
  const Values expected{1.0 / 6, 2.0 / 6, 3.0 / 6, 1.0 / 3, 1.0 / 3, 1.0 / 3};
  for (std::size_t i = 0; i < 6; ++i) CHECK(last[i] == Approx(expected[i]).epsilon(1e-12));
  for (const Index axis : {0, 1, -1})
    for (const double total : values(sum(softmax(x, axis), {axis})))
      CHECK(total == Approx(1).epsilon(1e-12));
  const Array logs = log_softmax(x, 1).value();
  for (Index i = 0; i < 6; ++i)
    CHECK(logs.at(i) == Approx(std::log(expected[static_cast<std::size_t>(i)])).epsilon(1e-12));
}

TEST_CASE("softmax neither overflows nor takes the logarithm of nothing") {
  for (const DType dtype : {DType::float32, DType::float64}) {
    const Tensor x(array({1e4, 0, -1e4}, {1, 3}).to(dtype), true);
    CHECK(values(softmax(x, 1)) == Values{1, 0, 0});
    CHECK(values(log_softmax(x, 1)) == Values{0, -1e4, -2e4});
    sum(log_softmax(x, 1)).backward();
    CHECK(values(x.grad()) == Values{-2, 1, 1});
    // Masked by minus infinity.
    const Tensor masked(array({0, -std::numeric_limits<double>::infinity(), 0}, {1, 3}).to(dtype));
    CHECK(values(softmax(masked, 1)) == Values{0.5, 0, 0.5});
  }
}

TEST_CASE("softmax along the last axis computes what it is composed of, and the same gradients") {
  const std::vector<Shape> shapes = {{3, 1}, {2, 5}, {2, 3, 16}, {4, 28}, {1200, 61}, {1, 40'000}};
  for (const Shape& shape : shapes)
    for (const DType dtype : {DType::float32, DType::float64}) {
      INFO("shape " << shape << ", " << name(dtype));
      const Array values = random_array(shape, 1, -20, 20).to(dtype).to(DType::float64);
      const Tensor x = leaf(values.to(dtype)), exact = leaf(values);
      const Tensor y = softmax(x, -1);
      const Tensor powers = exp(exact - max(exact.detach(), {-1}, /*keep_axes=*/true));
      const Tensor expected = powers / sum(powers, {-1}, /*keep_axes=*/true);
      const double tolerance = dtype == DType::float64 ? 1e-14 : 1e-6;
      CHECK(test::distance(y.value().to(DType::float64), expected.value()) < tolerance);
      const Array grad = random_array(shape, 2);
      backward(y, grad.to(dtype));
      backward(expected, grad);
      CHECK(test::distance(x.grad().to(DType::float64), exact.grad()) < tolerance);
    }
}

TEST_CASE("softmax keeps what is not a number, and small shares relative to 1e-6") {
  const double nan = std::numeric_limits<double>::quiet_NaN(),
               infinity = std::numeric_limits<double>::infinity();
  const Tensor x(array({0, nan, 1, -infinity, -infinity, -infinity}, {2, 3}).to(DType::float32));
  for (const double value : values(softmax(x, 1))) CHECK(std::isnan(value));
  const Values shares = values(softmax(Tensor(array({0, -80, -88}).to(DType::float32)), 0));
  CHECK(shares[1] == Approx(std::exp(-80.0)).epsilon(1e-6));
  CHECK(shares[2] == 0);
}

TEST_CASE("activations name themselves in errors") {
  const Tensor x(Array::zeros({2, 3})), numbers(test::indices({1}));
  CHECK_THROWS_WITH(softmax(x, 2), "softmax: axis 2 does not exist in an array of 2 axes");
  CHECK_THROWS_WITH(log_softmax(x, -3),
                    "log_softmax: axis -3 does not exist in an array of 2 axes");
  CHECK_THROWS_WITH(sigmoid(numbers), "sigmoid: needs float32 or float64 elements, got int64");
  CHECK_THROWS_WITH(tanh(numbers), "tanh: needs float32 or float64 elements, got int64");
}
