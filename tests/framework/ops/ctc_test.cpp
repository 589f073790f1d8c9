#include "scanline/framework/ops/ctc.hpp"

#include <cmath>
#include <vector>

#include "scanline/framework/autograd/gradcheck.hpp"
#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/parallel.hpp"
#include "scanline/framework/ops/activation.hpp"
#include "tests/catch.hpp"
#include "tests/framework/core/arrays.hpp"

using namespace scanline;
using test::array;
using test::indices;
using test::leaf;
using test::random_array;
using test::values;

namespace {

/// The labels that an alignment stands for.
std::vector<std::int64_t> merged(const std::vector<Index>& alignment, Index blank) {
  std::vector<std::int64_t> result;
  Index before = blank;
  for (const Index label : alignment) {
    if (label != blank && label != before) result.push_back(label);
    before = label;
  }
  return result;
}

/// -log of the sum over all alignments, each of which is tried: of row `row` of (T, B, C).
double loss_by_trying(const Array& log_probs, Index row, Index steps,
                      const std::vector<std::int64_t>& labels, Index blank) {
  const Index batch = log_probs.shape()[1], classes = log_probs.shape()[2];
  std::vector<Index> alignment(static_cast<std::size_t>(steps));
  double sum = 0;
  for (;;) {
    if (merged(alignment, blank) == labels) {
      double log_probability = 0;
      for (Index t = 0; t < steps; ++t)
        log_probability +=
            log_probs.at((t * batch + row) * classes + alignment[static_cast<std::size_t>(t)]);
      sum += std::exp(log_probability);
    }
    std::size_t t = 0;
    while (t < alignment.size() && ++alignment[t] == classes) alignment[t++] = 0;
    if (t == alignment.size()) return -std::log(sum);
  }
}

Array log_probabilities(const Shape& shape, std::uint32_t item = 0) {
  return log_softmax(Tensor(random_array(shape, item, -3, 3)), 2).value();
}

constexpr CtcOptions each{.reduction = Reduction::none};

}  // namespace

TEST_CASE("the CTC loss is that of all alignments, tried one by one") {
  const Index blank = GENERATE(0, 2);
  const std::int64_t a = blank == 0 ? 1 : 0, b = blank == 0 ? 2 : 1;
  const Array log_probs = log_probabilities({5, 6, 3});
  const std::vector<std::vector<std::int64_t>> labels{{},        {a},       {a, b},
                                                      {a, a, b}, {b, b, b}, {a, b, a}};
  const Lengths steps{5, 3, 2, 5, 5, 4};
  Lengths counts;
  const Array targets = indices(std::vector<std::int64_t>(18, a), {6, 3});
  for (std::size_t row = 0; row < labels.size(); ++row) {
    counts.push_back(static_cast<Index>(labels[row].size()));
    std::copy(labels[row].begin(), labels[row].end(), targets.data<std::int64_t>() + 3 * row);
  }
  const Tensor losses = ctc_loss(Tensor(log_probs), targets, steps, counts,
                                 {.blank = blank, .reduction = Reduction::none});
  REQUIRE(losses.shape() == Shape{6});
  for (Index row = 0; row < 6; ++row) {
    const auto i = static_cast<std::size_t>(row);
    INFO("row " << row);
    CHECK(losses.value().at(row) ==
          Approx(loss_by_trying(log_probs, row, steps[i], labels[i], blank)).epsilon(1e-12));
  }
}

TEST_CASE("reductions of the CTC loss are PyTorch's") {
  const Tensor x(log_probabilities({6, 3, 4}));
  const Array targets = indices({1, 2, 3, 1, 1, 2, 1, 3, 2}, {3, 3});
  const Lengths counts{3, 1, 0};
  const auto loss = [&](Reduction reduction) {
    return values(ctc_loss(x, targets, {}, counts, {.reduction = reduction}));
  };
  const std::vector<double> all = loss(Reduction::none);
  CHECK(loss(Reduction::sum)[0] == Approx(all[0] + all[1] + all[2]).epsilon(1e-13));
  // No labels count as one.
  CHECK(loss(Reduction::mean)[0] == Approx((all[0] / 3 + all[1] + all[2]) / 3).epsilon(1e-13));
}

TEST_CASE("gradients of the CTC loss are those of differences") {
  const Array targets = indices({1, 1, 2, 3, 2, 2, 1, 1, 3}, {3, 3});
  const Reduction reduction = GENERATE(Reduction::none, Reduction::mean, Reduction::sum);
  const Lengths steps{7, 4, 5}, counts{3, 2, 0};
  const Tensor x = leaf(log_probabilities({7, 3, 4}));
  CHECK(
      gradcheck([&] { return ctc_loss(x, targets, steps, counts, {.reduction = reduction}); }, {x})
          .failure == "");
  const Tensor logits = leaf(random_array({7, 3, 4}, 5, -2, 2));
  CHECK(gradcheck(
            [&] {
              return ctc_loss(log_softmax(logits, 2), targets, steps, counts,
                              {.blank = 0, .reduction = reduction});
            },
            {logits})
            .failure == "");
}

TEST_CASE("steps and labels behind the lengths change no loss and get no gradient") {
  const Tensor x = leaf(log_probabilities({6, 1, 3})), shorter = leaf(x.value().rows(0, 4).copy());
  const Tensor loss = ctc_loss(x, indices({1, 2, 9}, {1, 3}), {4}, {2});
  const Tensor same = ctc_loss(shorter, indices({1, 2}, {1, 2}));
  CHECK(loss.item() == same.item());
  loss.backward();
  same.backward();
  CHECK(values(x.grad().rows(0, 4)) == values(shorter.grad()));
  CHECK(values(x.grad().rows(4, 6)) == std::vector<double>(6, 0.0));
}

TEST_CASE("labels without an alignment have an infinite loss, or none at all") {
  // Three steps have no place for a blank between two equal labels of three.
  const Array targets = indices({1, 1, 2, 1, 2, 1}, {2, 3});
  const Tensor x = leaf(log_probabilities({3, 2, 3}));
  const Tensor losses = ctc_loss(x, targets, {}, {}, each);
  CHECK(std::isinf(losses.value().at(0)));
  CHECK(losses.value().at(1) > 0);
  const Tensor zeroed =
      ctc_loss(x, targets, {}, {}, {.reduction = Reduction::sum, .zero_infinity = true});
  CHECK(zeroed.item() == Approx(losses.value().at(1)).epsilon(1e-14));
  zeroed.backward();
  for (Index t = 0; t < 3; ++t)
    for (Index c = 0; c < 3; ++c) {
      CHECK(x.grad().at(t * 6 + c) == 0);
      CHECK(std::isfinite(x.grad().at(t * 6 + 3 + c)));
    }
  x.zero_grad();
  ctc_loss(x, targets).backward();
  CHECK(std::isnan(x.grad().at(0)));
  CHECK(std::isfinite(x.grad().at(3)));
}

TEST_CASE("a probability of 0 takes no part in the CTC loss") {
  // Of two steps with the classes blank and 1, only "1, blank" is possible.
  const Tensor x = leaf(array({-INFINITY, 0, 0, -INFINITY}, {2, 1, 2}));
  const Tensor loss = ctc_loss(x, indices({1}, {1, 1}));
  CHECK(loss.item() == 0);
  loss.backward();
  CHECK(values(x.grad()) == std::vector<double>{0, -1, -1, 0});
}

TEST_CASE("the CTC loss of long sequences neither overflows nor underflows") {
  const Array x = Array::full({2000, 1, 10}, -std::log(10.0), DType::float32);
  const Tensor loss =
      ctc_loss(Tensor(x), indices(std::vector<std::int64_t>(500, 3), {1, 500}), {}, {}, each);
  CHECK(loss.item() > 1000);
  CHECK(std::isfinite(loss.item()));
}

TEST_CASE("the CTC loss has the same bits on any number of threads") {
  const Array targets = indices({1, 2, 3, 1, 1, 2, 1, 3, 2, 2, 2, 1}, {4, 3});
  const auto run = [&](int threads) {
    set_thread_count(threads);
    const Tensor x = leaf(log_probabilities({20, 4, 5}).to(DType::float32));
    const Tensor loss = ctc_loss(x, targets);
    loss.backward();
    std::vector<double> result = values(x.grad());
    result.push_back(loss.item());
    return result;
  };
  const int before = thread_count();
  const std::vector<double> one = run(1), three = run(3);
  set_thread_count(before);
  CHECK(one == three);
}

TEST_CASE("targets that change after the forward pass change no gradient of the CTC loss") {
  const Tensor x = leaf(log_probabilities({4, 1, 3}));
  const Array targets = indices({1, 2}, {1, 2});
  ctc_loss(x, targets).backward();
  const std::vector<double> expected = values(x.grad());
  x.zero_grad();
  const Tensor loss = ctc_loss(x, targets);
  targets.fill(77);
  loss.backward();
  CHECK(values(x.grad()) == expected);
}

TEST_CASE("what does not fit the CTC loss is refused") {
  const Tensor x(log_probabilities({4, 2, 3}));
  const Array fits = indices({1, 2, 2, 1}, {2, 2});
  const auto refuses = [](auto call, const std::string& message) {
    CHECK_THROWS_WITH(call(), ContainsSubstring(message));
  };
  refuses([&] { ctc_loss(Tensor(), fits); }, "ctc_loss");
  refuses([&] { ctc_loss(x, indices({1, 2, 1})); }, "targets (B, S), got (4, 2, 3) and (3,)");
  refuses([&] { ctc_loss(x, fits.to(DType::float32)); }, "needs int64 targets");
  refuses([&] { ctc_loss(x, indices({1, 3, 2, 1}, {2, 2})); }, "label 3 is not within [0, 3)");
  refuses([&] { ctc_loss(x, indices({1, 0, 2, 1}, {2, 2})); }, "label 0 is not within");
  refuses([&] { ctc_loss(x, fits, {5, 4}); }, "ctc_loss");
  refuses([&] { ctc_loss(x, fits, {4}); }, "ctc_loss");
  refuses([&] { ctc_loss(x, fits, {}, {1, 3}); }, "2 target lengths from 0 to 2");
  refuses([&] { ctc_loss(x, fits, {}, {1}); }, "2 target lengths from 0 to 2");
  refuses([&] { ctc_loss(x, fits, {}, {}, {.blank = 3}); }, "blank 3 is not within [0, 3)");
}
