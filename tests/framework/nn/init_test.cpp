#include "scanline/framework/nn/init.hpp"

#include <cblas.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/random.hpp"
#include "scanline/framework/ops/matmul.hpp"
#include "tests/catch.hpp"
#include "tests/framework/core/arrays.hpp"

using namespace scanline;
using test::values;

namespace {

/// Whether values are uniform in [-bound, bound): within it, close to its ends, and of its
/// variance.
bool is_uniform(const Array& array, double bound) {
  double least = 0, most = 0, squares = 0;
  for (const double value : values(array)) {
    least = std::min(least, value);
    most = std::max(most, value);
    squares += value * value;
  }
  const double variance = squares / static_cast<double>(array.size());
  return least >= -bound && most < bound && least < -0.98 * bound && most > 0.98 * bound &&
         std::abs(variance / (bound * bound / 3) - 1) < 0.1;
}

}  // namespace

TEST_CASE("constant values") {
  CHECK(values(init::zeros({2})) == std::vector<double>{0, 0});
  CHECK(values(init::ones({2})) == std::vector<double>{1, 1});
  CHECK(init::ones({2}).dtype() == DType::float32);
}

TEST_CASE("uniform values keep to their bounds, which follow from the fans") {
  CHECK(is_uniform(init::uniform({3000}, 0.25), 0.25));
  CHECK(is_uniform(init::glorot_uniform({60, 40}), std::sqrt(6.0 / 100)));
  CHECK(is_uniform(init::glorot_uniform({60, 40}, 2), 2 * std::sqrt(6.0 / 100)));
  CHECK(is_uniform(init::kaiming_uniform({60, 40}), std::sqrt(6.0 / 40)));
  // With further axes, fan-in is 5 * 7 and fan-out 60 * 7.
  CHECK(is_uniform(init::kaiming_uniform({60, 5, 7}), std::sqrt(6.0 / 35)));
  CHECK(is_uniform(init::glorot_uniform({60, 5, 7}), std::sqrt(6.0 / (35 + 420))));
  CHECK_THROWS_WITH(init::kaiming_uniform({5}),
                    "kaiming_uniform: needs a weight of two axes or more, got (5,)");
  CHECK_THROWS_AS(init::glorot_uniform({}), Error);
}

TEST_CASE("normal values have their standard deviation") {
  double sum = 0, squares = 0;
  for (const double value : values(init::normal({20'000}, 0.5))) {
    sum += value;
    squares += value * value;
  }
  CHECK(sum / 20'000 == Approx(0).margin(0.018));
  CHECK(squares / 20'000 == Approx(0.25).epsilon(0.05));
}

TEST_CASE("orthogonal matrices are, on their smaller side") {
  for (const Shape& shape : {Shape{5, 3}, Shape{3, 5}, Shape{4, 4}, Shape{1, 1}, Shape{1, 7},
                             Shape{7, 1}, Shape{64, 16}, Shape{16, 64}, Shape{48, 48}}) {
    for (const double gain : {1.0, 1.5}) {
      INFO(to_string(shape) << ", gain " << gain);
      const Array matrix = init::orthogonal(shape, gain);
      REQUIRE(matrix.shape() == shape);
      const Tensor q(matrix.to(DType::float64));
      const bool wide = shape[1] > shape[0];
      const Array products = matmul(q, q, {.a = !wide, .b = wide}).value();
      const Index n = products.shape()[0];
      for (Index i = 0; i < n; ++i)
        for (Index j = 0; j < n; ++j)
          CHECK(products.at(i * n + j) == Approx(i == j ? gain * gain : 0).epsilon(0).margin(1e-6));
    }
  }
  CHECK(init::orthogonal({0, 3}).shape() == Shape{0, 3});
  CHECK_THROWS_WITH(init::orthogonal({2, 2, 2}), "orthogonal: needs a matrix, got (2, 2, 2)");
}

TEST_CASE("orthogonal matrices favour no sign") {
  // A decomposition whose R may have negative entries on its diagonal would.
  int positive = 0;
  for (int i = 0; i < 200; ++i) positive += init::orthogonal({3, 3}).at(0) > 0;
  CHECK(positive == Approx(100).margin(35));
}

TEST_CASE("initial values follow from the seed alone, and each call has its own") {
  const std::function<Array()> initialisers[] = {[] {
                                                   return init::uniform({4, 3}, 1);
                                                 },
                                                 [] {
                                                   return init::normal({4, 3}, 1);
                                                 },
                                                 [] {
                                                   return init::glorot_uniform({4, 3});
                                                 },
                                                 [] {
                                                   return init::kaiming_uniform({4, 3});
                                                 },
                                                 [] {
                                                   return init::orthogonal({4, 3});
                                                 }};
  for (const auto& initialise : initialisers) {
    set_default_random_state({11, 0});
    const auto first = values(initialise()), second = values(initialise());
    CHECK(first != second);
    set_default_random_state({11, 0});
    CHECK(values(initialise()) == first);
    CHECK(values(initialise()) == second);
    set_default_random_state({12, 0});
    CHECK(values(initialise()) != first);
  }
}

TEST_CASE("with lazy storage initial values are zeros, and no random numbers are drawn") {
  set_default_random_state({.seed = 5, .draws = 3});
  const LazyStorage lazy;
  const Shape shape{4, 3};
  for (const Array& values :
       {init::zeros(shape), init::ones(shape), init::uniform(shape, 1), init::normal(shape, 1),
        init::glorot_uniform(shape), init::kaiming_uniform(shape), init::orthogonal(shape)}) {
    CHECK(values.shape() == shape);
    for (Index i = 0; i < values.size(); ++i) CHECK(values.at(i) == 0);
  }
  CHECK(default_random_state().draws == 3);
}

TEST_CASE("orthogonal matrices are decomposed on one BLAS thread, for the same bits everywhere") {
  openblas_set_num_threads(2);
  init::orthogonal({4, 4});
  CHECK(openblas_get_num_threads() == 1);
}
