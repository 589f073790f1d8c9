#include "scanline/framework/dist/gradient_sum.hpp"

#include <vector>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/ops/elementwise.hpp"
#include "scanline/framework/ops/reduce.hpp"
#include "tests/catch.hpp"
#include "tests/framework/core/arrays.hpp"

using namespace scanline;
using test::array;
using test::values;
using Values = std::vector<double>;

TEST_CASE("a single rank has the gradients of its loss") {
  const Tensor used(array({1, 2}), true), unused(array({3}), true), fixed(array({4}));
  dist::GradientSum gradients({}, {used, unused, fixed});
  gradients.backward(sum(used * used));
  gradients.finish();
  CHECK(values(used.grad()) == Values{2, 4});
  CHECK_FALSE(unused.grad().defined());
}

TEST_CASE("the gradients of pieces are added up as a tree") {
  const Tensor x(Array::full({1}, 1), true);
  for (const auto& factors :
       std::vector<Values>{{1e8, 1, -1e8, 1}, {1, 1e8, 1, -1e8}, {3, 4, 5, 6}}) {
    dist::GradientSum gradients({}, {x}, 4);
    for (int step = 0; step < 2; ++step) {
      x.zero_grad();
      for (Index piece = 0; piece < 4; ++piece)
        gradients.backward(sum(x * factors[static_cast<std::size_t>(piece)]), piece, piece == 3);
      gradients.finish();
      const auto at = [&](int i) {
        return static_cast<float>(factors[static_cast<std::size_t>(i)]);
      };
      CHECK(x.grad().item() == (at(0) + at(1)) + (at(2) + at(3)));
    }
  }
  CHECK_THROWS_AS(dist::GradientSum({}, {x}, 0), Error);
}

TEST_CASE("a piece may have several backward passes, or none") {
  const Tensor x(array({1}), true);
  dist::GradientSum gradients({}, {x}, 2);
  gradients.backward(sum(x * 3), 1, false);
  gradients.backward(sum(x * 4), 1, true);
  gradients.finish();
  CHECK(x.grad().item() == 7);
}
