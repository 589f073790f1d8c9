#include "scanline/framework/ops/ctc_decode.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/ops/activation.hpp"
#include "scanline/framework/ops/ctc.hpp"
#include "tests/catch.hpp"
#include "tests/framework/core/arrays.hpp"

using namespace scanline;
using test::array;
using test::indices;
using test::random_array;

namespace {

using Labels = std::vector<Index>;

/// Log-probabilities (T, 1, C) of rows that each add up to 1.
Array logs(const std::vector<double>& probabilities, Index classes) {
  std::vector<double> result;
  for (const double p : probabilities) result.push_back(std::log(p));
  return array(result, {static_cast<Index>(result.size()) / classes, 1, classes});
}

double loss_of(const Array& log_probs, const Labels& labels) {
  const auto count = static_cast<Index>(labels.size());
  const Array targets = Array::zeros({1, std::max<Index>(count, 1)}, DType::int64);
  std::copy(labels.begin(), labels.end(), targets.data<std::int64_t>());
  return ctc_loss(Tensor(log_probs), targets, {}, {count}, {.reduction = Reduction::sum}).item();
}

/// The most probable labels of at most `longest`, each of which is tried.
Labels best_by_trying(const Array& log_probs, Index longest) {
  const Index classes = log_probs.shape()[2];
  Labels best, labels;
  double lowest = INFINITY;
  const std::function<void()> visit = [&] {
    const double loss = loss_of(log_probs, labels);
    if (loss < lowest) lowest = loss, best = labels;
    if (static_cast<Index>(labels.size()) == longest) return;
    for (Index label = 1; label < classes; ++label) {
      labels.push_back(label);
      visit();
      labels.pop_back();
    }
  };
  visit();
  return best;
}

}  // namespace

TEST_CASE("greedy decoding merges repetitions and removes blanks") {
  // The classes with the highest probability are 1 1 0 1 2 2 0.
  const Array x = logs(
      {.1, .8, .1, .2, .7, .1, .6, .3, .1, .1, .8, .1, .1, .1, .8, .3, .1, .6, .9, .05, .05}, 3);
  const CtcReading reading = ctc_greedy_decode(x).at(0);
  CHECK(ctc_greedy_labels(x).at(0) == reading.labels);
  CHECK(reading.labels == Labels{1, 1, 2});
  CHECK(reading.log_probability == Approx(-loss_of(x, {1, 1, 2})).epsilon(1e-12));
  REQUIRE(reading.spans.size() == 3);
  CHECK((reading.spans[0].begin == 0 && reading.spans[0].end == 2));
  CHECK((reading.spans[1].begin == 3 && reading.spans[1].end == 4));
  CHECK((reading.spans[2].begin == 4 && reading.spans[2].end == 6));
  CHECK(ctc_greedy_decode(x, {2}).at(0).labels == Labels{1});
  CHECK(ctc_greedy_labels(x, {2}).at(0) == Labels{1});
  CHECK(ctc_greedy_decode(x, {}, /*blank=*/1).at(0).labels == Labels{0, 2, 0});
}

TEST_CASE("beam search finds labels whose alignments are probable together") {
  // The best path is two blanks, with probability 0.36. The label 1 has 0.64 in three paths.
  const Array x = logs({.6, .4, .6, .4}, 2);
  CHECK(ctc_greedy_decode(x).at(0).labels.empty());
  const CtcReading reading = ctc_beam_search(x, 4).at(0);
  CHECK(reading.labels == Labels{1});
  CHECK(reading.log_probability == Approx(std::log(0.64)).epsilon(1e-12));
  REQUIRE(reading.spans.size() == 1);
}

TEST_CASE("a beam that is wide enough finds the most probable of all labels") {
  const auto item = GENERATE(range(0u, 20u));
  const Array x = log_softmax(Tensor(random_array({4, 1, 3}, item, -2, 2)), 2).value();
  const Labels best = best_by_trying(x, 4);
  const CtcReading reading = ctc_beam_search(x, 200).at(0);
  CHECK(reading.labels == best);
  CHECK(reading.log_probability == Approx(-loss_of(x, best)).epsilon(1e-12));
  const double narrow = ctc_beam_search(x, 1).at(0).log_probability;
  CHECK(narrow <= reading.log_probability + 1e-12);
}

TEST_CASE("each row of a batch is decoded by itself") {
  const Array x = log_softmax(Tensor(random_array({6, 3, 4}, 3, -4, 4)), 2).value();
  const Lengths lengths{6, 2, 4};
  const std::vector<CtcReading> all = ctc_beam_search(x, 8, lengths);
  REQUIRE(all.size() == 3);
  for (Index b = 0; b < 3; ++b) {
    const Index steps = lengths[static_cast<std::size_t>(b)];
    const Array row({steps, 1, 4}, DType::float64);
    for (Index t = 0; t < steps; ++t)
      for (Index c = 0; c < 4; ++c) row.data<double>()[t * 4 + c] = x.at((t * 3 + b) * 4 + c);
    const CtcReading own = ctc_beam_search(row, 8).at(0);
    CHECK(all[static_cast<std::size_t>(b)].labels == own.labels);
    CHECK(all[static_cast<std::size_t>(b)].log_probability == own.log_probability);
  }
}

TEST_CASE("the places of labels are in order and apart") {
  const auto item = GENERATE(range(0u, 10u));
  const Array x =
      log_softmax(Tensor(random_array({12, 1, 5}, item, -5, 5, DType::float32)), 2).value();
  const CtcReading reading = ctc_greedy_decode(x).at(0);
  REQUIRE(reading.spans.size() == reading.labels.size());
  Index before = 0;
  for (const CtcReading::Span& span : reading.spans) {
    CHECK(span.begin >= before);
    CHECK(span.end > span.begin);
    before = span.end;
  }
  CHECK(before <= 12);
}

TEST_CASE("what cannot be decoded is refused") {
  const Array x = logs({.5, .5}, 2);
  CHECK_THROWS_AS(ctc_greedy_decode(Array()), Error);
  CHECK_THROWS_AS(ctc_greedy_decode(Array::zeros({2, 3})), Error);
  CHECK_THROWS_WITH(ctc_greedy_decode(x, {2}), ContainsSubstring("ctc_greedy_decode"));
  CHECK_THROWS_WITH(ctc_greedy_decode(x, {}, 2), ContainsSubstring("blank 2"));
  CHECK_THROWS_WITH(ctc_beam_search(x, 0), ContainsSubstring("width 0 is below 1"));
}
