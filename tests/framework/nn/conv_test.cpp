#include "scanline/framework/nn/conv.hpp"

#include <algorithm>
#include <cmath>

#include "scanline/framework/core/error.hpp"
#include "tests/catch.hpp"
#include "tests/framework/core/arrays.hpp"
#include "tests/framework/nn/layer_gradients.hpp"

using namespace scanline;

TEST_CASE("a convolution has PyTorch's parameters, which start small") {
  const nn::Conv2d conv(6, 40, {3, 5}, {.groups = 2});
  CHECK(conv.weight.shape() == Shape{40, 3, 3, 5});
  CHECK(conv.bias.shape() == Shape{40});
  const double bound = 1 / std::sqrt(3.0 * 3 * 5);
  for (const Tensor& parameter : conv.parameters()) {
    double largest = 0;
    for (const double value : test::values(parameter)) largest = std::max(largest, std::abs(value));
    CHECK(largest <= bound);
    CHECK(largest > 0.8 * bound);
  }
  CHECK(nn::Conv2d(1, 2, 3, {}, /*bias=*/false).parameters().size() == 1);
}

TEST_CASE("gradients of a convolution") {
  nn::Conv2d conv(2, 4, {2, 3}, {.stride = {1, 2}, .padding = 1, .groups = 2});
  conv.to(DType::float64);
  test::check_gradients(conv, test::random_leaf({2, 2, 4, 5}));
}

TEST_CASE("a convolution refuses sizes that there cannot be") {
  CHECK_THROWS_WITH(nn::Conv2d(3, 4, 3, {.groups = 2}),
                    "conv2d: needs a window of at least 1 x 1 and channels in groups of 2, got "
                    "3 x 3, 3 channels and 4 filters");
  CHECK_THROWS_AS(nn::Conv2d(2, 3, 3, {.groups = 2}), Error);
  CHECK_THROWS_AS(nn::Conv2d(0, 3, 3), Error);
  CHECK_THROWS_AS(nn::Conv2d(1, 0, 3), Error);
  CHECK_THROWS_AS(nn::Conv2d(1, 1, {3, 0}), Error);
  CHECK_THROWS_AS(nn::Conv2d(1, 1, 3, {.stride = 0}), Error);
  CHECK_THROWS_AS(nn::Conv2d(1, 1, 3, {.groups = 0}), Error);
}
