#include "scanline/framework/ops/loss.hpp"

#include <cmath>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/ops/activation.hpp"
#include "scanline/framework/ops/create.hpp"
#include "scanline/framework/ops/movement.hpp"
#include "tests/catch.hpp"
#include "tests/framework/core/arrays.hpp"

using namespace scanline;
using test::array;
using test::indices;
using test::leaf;
using test::values;

TEST_CASE("cross entropy is the mean of -log of the target's probability") {
  // Probabilities 1/6, 2/6, 3/6 and 1/3, 1/3, 1/3.
  const Tensor logits(array({0, std::log(2), std::log(3), 5, 5, 5}, {2, 3}));
  CHECK(cross_entropy(logits, indices({2, 0})).item() ==
        Approx((std::log(2) + std::log(3)) / 2).epsilon(1e-12));
  CHECK(cross_entropy(logits, indices({0, 1})).item() ==
        Approx((std::log(6) + std::log(3)) / 2).epsilon(1e-12));
  CHECK(cross_entropy(logits, indices({0, 1})).shape() == Shape{});
}

TEST_CASE("label smoothing mixes the target with all classes") {
  const Tensor logits(array({0, std::log(2), std::log(3)}, {1, 3}));
  const double all = (std::log(6) + std::log(3) + std::log(2)) / 3;
  CHECK(cross_entropy(logits, indices({2}), 0.3).item() ==
        Approx(0.7 * std::log(2) + 0.3 * all).epsilon(1e-12));
  CHECK(cross_entropy(logits, indices({2}), 1).item() == Approx(all).epsilon(1e-12));
}

TEST_CASE("the gradient of cross entropy is (softmax - target) / N") {
  const Tensor logits = leaf(test::random_array({4, 3}, 1, -2, 2));
  cross_entropy(logits, indices({0, 1, 2, 1})).backward();
  const Array expected = softmax(logits, 1).value().copy();
  const Index targets[] = {0, 1, 2, 1};
  for (Index n = 0; n < 4; ++n) expected.data<double>()[n * 3 + targets[n]] -= 1;
  for (Index i = 0; i < 12; ++i)
    CHECK(logits.grad().at(i) == Approx(expected.at(i) / 4).epsilon(1e-12).margin(1e-15));
}

TEST_CASE("a weight says how often the images of a class count") {
  const Tensor logits = leaf(test::random_array({3, 4}, 1, -2, 2));
  const auto own = [&](Index row, Index target, double smoothing) {
    return cross_entropy(slice(logits, 0, row, row + 1), indices({target}), smoothing).item();
  };
  // An image of a class with weight 3 counts as three images do.
  const Array weight = array({1, 3, 2, 0});
  CHECK(cross_entropy(logits, indices({0, 1, 2}), 0, weight).item() ==
        Approx((own(0, 0, 0) + 3 * own(1, 1, 0) + 2 * own(2, 2, 0)) / 6).epsilon(1e-12));
  CHECK(cross_entropy(logits, indices({0, 3, 1}), 0, weight).item() ==
        Approx((own(0, 0, 0) + 3 * own(2, 1, 0)) / 4).epsilon(1e-12));
  // Equal weights change nothing, with label smoothing neither.
  for (const double smoothing : {0.0, 0.2})
    CHECK(cross_entropy(logits, indices({0, 1, 2}), smoothing, array({5, 5, 5, 5})).item() ==
          Approx(cross_entropy(logits, indices({0, 1, 2}), smoothing).item()).epsilon(1e-12));
  CHECK(std::isnan(cross_entropy(logits, indices({3, 3, 3}), 0, weight).item()));
}

TEST_CASE("the focal loss counts images less that are predicted well") {
  // Probabilities 1/6, 2/6, 3/6.
  const Tensor logits(array({0, std::log(2), std::log(3)}, {1, 3}));
  CHECK(focal_loss(logits, indices({2})).item() == Approx(0.25 * std::log(2)).epsilon(1e-6));
  CHECK(focal_loss(logits, indices({0})).item() == Approx(25.0 / 36 * std::log(6)).epsilon(1e-6));
  CHECK(focal_loss(logits, indices({0}), 1).item() == Approx(5.0 / 6 * std::log(6)).epsilon(1e-6));
  CHECK(focal_loss(logits, indices({1}), 0).item() ==
        Approx(cross_entropy(logits, indices({1})).item()).epsilon(1e-12));
  const Tensor two(array({0, std::log(2), std::log(3), 0, std::log(2), std::log(3)}, {2, 3}));
  CHECK(focal_loss(two, indices({2, 0}), 2, array({1, 0, 3})).item() ==
        Approx((3 * 0.25 * std::log(2) + 25.0 / 36 * std::log(6)) / 4).epsilon(1e-6));
}

TEST_CASE("the focal loss of a certain prediction has a finite gradient") {
  for (const double gamma : {0.0, 0.5, 1.0, 2.0}) {
    const Tensor logits = leaf(array({1000, 0, 0}, {1, 3}));
    focal_loss(logits, indices({0}), gamma).backward();
    for (const double slope : values(logits.grad())) CHECK(slope == Approx(0).margin(1e-6));
  }
}

TEST_CASE("labels that change after the forward pass change no gradient") {
  const Tensor logits = leaf(test::random_array({2, 3}));
  const Array labels = indices({0, 2});
  cross_entropy(logits, labels).backward();
  const std::vector<double> expected = values(logits.grad());
  logits.zero_grad();
  const Tensor loss = cross_entropy(logits, labels);
  labels.fill(3e6);
  loss.backward();
  CHECK(values(logits.grad()) == expected);
}

TEST_CASE("squared and absolute errors are means") {
  const Tensor prediction(array({1, 2, 6})), target(array({1, 4, 3}));
  CHECK(mse_loss(prediction, target).item() == Approx(13.0 / 3).epsilon(1e-12));
  CHECK(l1_loss(prediction, target).item() == Approx(5.0 / 3).epsilon(1e-12));
}

TEST_CASE("losses refuse what does not fit") {
  const Tensor logits = zeros({2, 3});
  CHECK_THROWS_WITH(cross_entropy(logits, indices({1})),
                    "cross_entropy: needs logits (N, C) and targets (N,), got (2, 3) and (1,)");
  CHECK_THROWS_AS(cross_entropy(zeros({3}), indices({1})), Error);
  CHECK_THROWS_AS(cross_entropy(logits, indices({1, 3})), Error);
  CHECK_THROWS_AS(cross_entropy(logits, indices({1, -1})), Error);
  CHECK_THROWS_AS(cross_entropy(logits, Array::zeros({2})), Error);
  CHECK_THROWS_WITH(cross_entropy(logits, indices({1, 1}), 1.5),
                    "cross_entropy: label smoothing 1.5 is not within [0, 1]");
  const Array weight = Array::zeros({3});
  CHECK_THROWS_WITH(cross_entropy(logits, indices({1, 1}), 0, Array::zeros({2})),
                    "cross_entropy: needs a weight for each of 3 classes, got (2,)");
  CHECK_THROWS_AS(cross_entropy(logits, indices({1, 1}), 0, weight.to(DType::float64)), Error);
  CHECK_THROWS_WITH(focal_loss(logits, indices({1, 3})),
                    "focal_loss: target 3 is not within [0, 3)");
  CHECK_THROWS_WITH(focal_loss(logits, indices({1, 1}), -1),
                    "focal_loss: gamma -1 is negative or not finite");
  CHECK_THROWS_AS(mse_loss(logits, zeros({2})), Error);
}
