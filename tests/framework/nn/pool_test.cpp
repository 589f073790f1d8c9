#include "scanline/framework/nn/pool.hpp"

#include "scanline/framework/core/error.hpp"
#include "tests/catch.hpp"
#include "tests/framework/core/arrays.hpp"
#include "tests/framework/nn/layer_gradients.hpp"

using namespace scanline;

TEST_CASE("pooling layers move by the size of their window, unless told otherwise") {
  const Tensor x(test::random_array({2, 3, 7, 6}));
  CHECK(nn::MaxPool2d(2)(x).shape() == Shape{2, 3, 3, 3});
  CHECK(nn::AvgPool2d(Size2d(3, 2))(x).shape() == Shape{2, 3, 2, 3});
  CHECK(nn::MaxPool2d(3, 1, 1)(x).shape() == Shape{2, 3, 7, 6});
  CHECK(nn::AvgPool2d(2, 2, {1, 0})(x).shape() == Shape{2, 3, 4, 3});
}

TEST_CASE("gradients of pooling layers") {
  nn::MaxPool2d max(2, 1);
  nn::AvgPool2d mean(2, 1);
  test::check_gradients(max, test::random_leaf({2, 2, 4, 3}));
  test::check_gradients(mean, test::random_leaf({2, 2, 4, 3}));
}

TEST_CASE("pooling layers refuse windows that there cannot be") {
  CHECK_THROWS_AS(nn::MaxPool2d(0), Error);
  CHECK_THROWS_AS(nn::AvgPool2d(2, 2, 2), Error);
}
