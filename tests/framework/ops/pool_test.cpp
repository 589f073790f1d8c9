#include "scanline/framework/ops/pool.hpp"

#include <cmath>
#include <vector>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/ops/reduce.hpp"
#include "tests/catch.hpp"
#include "tests/framework/core/arrays.hpp"

using namespace scanline;
using test::array;
using test::values;
using Values = std::vector<double>;

TEST_CASE("pooling takes the largest number and the mean of each window") {
  const Tensor x(array({1, 2, 3, 4, 5, 6, 7, 8, 9}, {1, 1, 3, 3}));
  CHECK(values(max_pool2d(x, {.kernel_size = 2})) == Values{5});
  CHECK(values(avg_pool2d(x, {.kernel_size = 2})) == Values{3});
  CHECK(values(max_pool2d(x, {.kernel_size = 2, .stride = 1})) == Values{5, 6, 8, 9});
  CHECK(values(avg_pool2d(x, {.kernel_size = {1, 3}, .stride = {2, 1}})) == Values{2, 8});
}

TEST_CASE("padding is never the largest, and counts as zeros in a mean") {
  const Tensor x(array({-1, -2, -3, -4}, {1, 1, 2, 2}));
  const Window2d window{.kernel_size = 2, .stride = 2, .padding = 1};
  CHECK(values(max_pool2d(x, window)) == Values{-1, -2, -3, -4});
  CHECK(values(avg_pool2d(x, window)) == Values{-0.25, -0.5, -0.75, -1});
}

TEST_CASE("the first of several largest numbers gets the gradient, and NaN is the largest") {
  const Tensor x = test::leaf(array({2, 7, 7, 1, 3, NAN, 1, 8}, {1, 2, 2, 2}));
  const Tensor y = max_pool2d(x, {.kernel_size = 2});
  CHECK(values(y)[0] == 7);
  CHECK(std::isnan(values(y)[1]));
  sum(y).backward();
  CHECK(values(x.grad()) == Values{0, 1, 0, 0, 0, 1, 0, 0});
}

TEST_CASE("pooling refuses windows and images that do not fit") {
  const auto pool = [](const Shape& shape, const Window2d& window) {
    return max_pool2d(Tensor(test::random_array(shape)), window);
  };
  CHECK_THROWS_WITH(pool({3, 4, 4}, {.kernel_size = 2}),
                    "max_pool2d: needs (B, C, H, W), got (3, 4, 4)");
  CHECK_THROWS_WITH(pool({1, 1, 4, 2}, {.kernel_size = 3}),
                    "max_pool2d: a window of 3 x 3 is larger than the padded images (1, 1, 4, 2)");
  CHECK_THROWS_WITH(pool({1, 1, 4, 4}, {.kernel_size = {2, 3}, .padding = {2, 1}}),
                    "max_pool2d: needs a window of at least 1 x 1, a stride of at least 0 and a "
                    "padding of at most half the window, got 2 x 3, 0 x 0 and 2 x 1");
  CHECK_THROWS_AS(pool({1, 1, 4, 4}, {.kernel_size = 0}), Error);
  CHECK_THROWS_AS(pool({1, 1, 4, 4}, {.kernel_size = 2, .stride = -1}), Error);
  CHECK_THROWS_AS(avg_pool2d(Tensor(test::indices({1}, {1, 1, 1, 1})), {.kernel_size = 1}), Error);
}
