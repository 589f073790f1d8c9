#include "scanline/framework/nn/batch_norm.hpp"

#include <cmath>

#include "scanline/framework/autograd/gradcheck.hpp"
#include "scanline/framework/core/error.hpp"
#include "tests/catch.hpp"
#include "tests/framework/core/arrays.hpp"

using namespace scanline;
using test::array;
using test::random_array;
using test::values;
using Values = std::vector<double>;

namespace {

struct Wide : nn::BatchNorm1d {
  explicit Wide(Index features, double epsilon = 1e-5, double momentum = 0.1)
      : BatchNorm1d(features, epsilon, momentum) {
    to(DType::float64);
  }
};

}  // namespace

TEST_CASE("in training the batch is standardised by its own, biased statistics") {
  Wide layer(2, /*epsilon=*/3);
  // Features of mean 2 and 5, and of variance 1 and 13.
  const Tensor x(array({1, 5 - std::sqrt(13), 3, 5 + std::sqrt(13)}, {2, 2}));
  const Values y = values(layer(x)),
               expected{-0.5, -std::sqrt(13.0 / 16), 0.5, std::sqrt(13.0 / 16)};
  for (std::size_t i = 0; i < 4; ++i) CHECK(y[i] == Approx(expected[i]).epsilon(1e-12));
}

TEST_CASE("running statistics move towards the batch's, with the unbiased variance") {
  Wide layer(1, 1e-5, /*momentum=*/0.25);
  layer(Tensor(array({1, 2, 6}, {3, 1})));  // mean 3, unbiased variance 7
  CHECK(layer.running_mean.item() == Approx(0.75).epsilon(1e-12));
  CHECK(layer.running_var.item() == Approx(0.75 + 0.25 * 7).epsilon(1e-12));
  layer(Tensor(array({1, 2, 6}, {3, 1})));
  CHECK(layer.running_mean.item() == Approx(0.75 * 0.75 + 0.75).epsilon(1e-12));
  CHECK(layer.num_batches_tracked.item() == 2);
  CHECK(layer.state_dict().size() == 5);
}

TEST_CASE("in evaluation the running statistics are used and stay as they are") {
  Wide layer(2, /*epsilon=*/0.25);
  layer.running_mean.set_value(array({1, 2}));
  layer.running_var.set_value(array({3.75, 0.75}));
  layer.weight.set_value(array({2, 1}));
  layer.bias.set_value(array({0, 10}));
  layer.eval();
  CHECK(values(layer(Tensor(array({3, 4}, {1, 2})))) == Values{2, 12});
  CHECK(values(layer.running_mean) == Values{1, 2});
  CHECK(layer.num_batches_tracked.item() == 0);
}

TEST_CASE("statistics are taken over batch and length alike") {
  Wide layer(3), flat(3);
  const Array x = random_array({4, 3, 5});
  // The same values with batch and length in one axis.
  const Array rows({20, 3}, DType::float64);
  for (Index n = 0; n < 4; ++n)
    for (Index c = 0; c < 3; ++c)
      for (Index l = 0; l < 5; ++l)
        rows.data<double>()[(n * 5 + l) * 3 + c] = x.at((n * 3 + c) * 5 + l);
  const Array y = layer(Tensor(x)).value(), expected = flat(Tensor(rows)).value();
  REQUIRE(y.shape() == Shape{4, 3, 5});
  for (Index n = 0; n < 4; ++n)
    for (Index c = 0; c < 3; ++c)
      for (Index l = 0; l < 5; ++l)
        CHECK(y.at((n * 3 + c) * 5 + l) ==
              Approx(expected.at((n * 5 + l) * 3 + c)).epsilon(1e-12).margin(1e-13));
  CHECK(test::distance(layer.running_var.value(), flat.running_var.value()) < 1e-14);
}

TEST_CASE("gradients of batch norm, in training and in evaluation") {
  for (const bool training : {true, false}) {
    for (const Shape& shape : {Shape{4, 3}, Shape{2, 3, 5}, Shape{1, 3, 2}}) {
      Wide layer(3);
      layer.running_mean.set_value(random_array({3}, 1));
      layer.running_var.set_value(random_array({3}, 2, 0.5, 2));
      layer.weight.set_value(random_array({3}, 3));
      layer.train(training);
      const Tensor x = test::random_leaf(shape);
      const GradcheckResult result =
          gradcheck([&] { return layer(x); }, {x, layer.weight, layer.bias});
      INFO(to_string(shape) << (training ? ", training: " : ", evaluation: ") << result.failure);
      CHECK(result.passed());
    }
  }
}

TEST_CASE("batch norm refuses what it cannot standardise") {
  Wide layer(3);
  CHECK_THROWS_WITH(layer(Tensor(random_array({4, 2}))),
                    "batch_norm: needs (N, 3) or (N, 3, length), got (4, 2)");
  CHECK_THROWS_AS(layer(Tensor(random_array({3}))), Error);
  CHECK_THROWS_AS(layer(Tensor(random_array({2, 3, 4, 5}))), Error);
  CHECK_THROWS_WITH(layer(Tensor(random_array({1, 3}))),
                    "batch_norm: needs two values for each feature to train, got (1, 3)");
  CHECK(layer.num_batches_tracked.item() == 0);
  layer.eval();
  CHECK(layer(Tensor(random_array({1, 3}))).shape() == Shape{1, 3});
  CHECK(layer(Tensor(random_array({0, 3}))).shape() == Shape{0, 3});
}

TEST_CASE("batch norm of no features has no values") {
  Wide layer(0);
  CHECK(layer(Tensor(random_array({2, 0}))).shape() == Shape{2, 0});
  CHECK(layer(Tensor(random_array({2, 0, 3}))).shape() == Shape{2, 0, 3});
  CHECK_THROWS_AS(layer(Tensor(random_array({1, 0}))), Error);
}
