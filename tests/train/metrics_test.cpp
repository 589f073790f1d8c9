#include "scanline/train/metrics.hpp"

#include <cmath>
#include <nlohmann/json.hpp>
#include <span>

#include "scanline/framework/core/error.hpp"
#include "tests/catch.hpp"

using namespace scanline;

TEST_CASE("metrics count what a classifier gets right") {
  // True classes 0, 0, 1, 2; answers 0, 1, 1, 0. The logits are logarithms of probabilities.
  const std::vector<double> probabilities{0.8, 0.1, 0.1, 0.2, 0.5, 0.3,
                                          0.1, 0.6, 0.3, 0.7, 0.2, 0.1};
  Array logits({4, 3}, DType::float64);
  for (Index i = 0; i < logits.size(); ++i)
    logits.data<double>()[i] = 5 + std::log(probabilities[static_cast<std::size_t>(i)]);
  const std::vector<std::int64_t> labels{0, 0, 1, 2};
  train::Metrics metrics(3);
  // In two batches, as the figures must not depend on how images come.
  metrics.add(logits.rows(0, 3), Array::from(std::span(labels).first(3)));
  metrics.add(logits.rows(3, 4), Array::from(std::span(labels).subspan(3)));

  CHECK(metrics.total() == 4);
  CHECK(metrics.correct() == 2);
  CHECK(metrics.accuracy() == Approx(0.5));
  CHECK(metrics.loss() == Approx(-std::log(0.8 * 0.2 * 0.6 * 0.1) / 4));
  CHECK(metrics.confusion() == std::vector<std::vector<Index>>{{1, 1, 0}, {0, 1, 0}, {1, 0, 0}});
  // Each image has a bin of its own: |0.8 - 1|, |0.5 - 0|, |0.6 - 1|, |0.7 - 0|.
  CHECK(metrics.calibration_error() == Approx((0.2 + 0.5 + 0.4 + 0.7) / 4));
  const auto classes = metrics.classes();
  CHECK(classes[0].precision == Approx(0.5));
  CHECK(classes[0].recall == Approx(0.5));
  CHECK(classes[1].precision == Approx(0.5));
  CHECK(classes[1].recall == Approx(1));
  CHECK(classes[1].f1 == Approx(2.0 / 3));
  CHECK(classes[2].precision == 0);  // never answered
  CHECK(classes[2].f1 == 0);
  CHECK(classes[0].support == 2);
  CHECK(train::result_line("test", metrics.score()).rfind("test accuracy 0.5000 (2/4) loss ", 0) ==
        0);
  CHECK(train::result_line("val", {.correct = 1, .total = 4, .loss = 2, .digit_error = 0.5}) ==
        "val accuracy 0.2500 (1/4) loss 2.0000 digit error 0.5000");
  CHECK_THROWS_AS(metrics.add(logits, Array::from(std::span(labels).first(3))), Error);
}

TEST_CASE("a score is JSON, with a digit error where lines were read") {
  train::Score score{.correct = 3, .total = 4, .loss = 0.5};
  CHECK(to_json(score).dump() == R"({"accuracy":0.75,"loss":0.5,"correct":3,"total":4})");
  score.digit_error = 0.25;
  CHECK(to_json(score).dump() ==
        R"({"accuracy":0.75,"loss":0.5,"correct":3,"total":4,"digit_error":0.25})");
}
