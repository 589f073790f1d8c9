#include "scanline/framework/ops/normalize.hpp"

#include <cmath>
#include <vector>

#include "scanline/framework/autograd/backward.hpp"
#include "scanline/framework/core/error.hpp"
#include "scanline/framework/ops/elementwise.hpp"
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

namespace {

/// The value of a layer norm of x, and the gradients of x, weight and bias, for an irregular
/// gradient of the value.
std::vector<Array> normalized(bool is_composed, const Array& x, DType dtype) {
  const Index features = x.shape()[-1];
  const Tensor input = test::leaf(x.to(dtype)),
               weight = test::leaf(test::random_array({features}, 2, 0.5, 2).to(dtype)),
               bias = test::leaf(test::random_array({features}, 3).to(dtype));
  const Tensor y = is_composed ? standardize(input, moments(input, {-1}), 1e-5) * weight + bias
                               : layer_norm(input, weight, bias, 1e-5);
  backward(y, test::random_array(x.shape(), 4).to(dtype));
  return {y.value(), input.grad(), weight.grad(), bias.grad()};
}

}  // namespace

TEST_CASE("layer_norm computes what it is composed of, and the same gradients") {
  const std::vector<Shape> shapes = {{4, 1},   {1, 5},     {3, 16},    {2, 3, 28},
                                     {7, 128}, {1100, 61}, {2, 40'000}};  // several blocks of rows
  for (const Shape& shape : shapes)
    for (const DType dtype : {DType::float32, DType::float64}) {
      INFO("shape " << shape << ", " << name(dtype));
      const Array x = test::random_array(shape, 1, -2, 3);
      const std::vector<Array> found = normalized(false, x, dtype);
      const std::vector<Array> expected = normalized(true, x, DType::float64);
      for (std::size_t i = 0; i < found.size(); ++i) {
        INFO("result " << i);
        CHECK(found[i].shape() == expected[i].shape());
        // Of one feature nothing is left but epsilon, by which the gradients are divided.
        const double tolerance = dtype == DType::float64 ? 1e-10 : shape[-1] == 1 ? 1e-2 : 2e-4;
        CHECK(test::distance(found[i].to(DType::float64), expected[i]) < tolerance);
      }
    }
}

TEST_CASE("layer_norm of no rows, and of what does not fit") {
  const Tensor weight(array({1, 1})), bias(array({0, 0}));
  CHECK(layer_norm(Tensor(test::random_array({0, 2})), weight, bias).shape() == Shape{0, 2});
  CHECK_THROWS_WITH(layer_norm(Tensor(test::random_array({3, 1})), weight, bias),
                    "layer_norm: needs 2 features, got (3, 1)");
  CHECK_THROWS_AS(layer_norm(Tensor(test::random_array({3, 2})), weight, Tensor(array({0}))),
                  Error);
}
