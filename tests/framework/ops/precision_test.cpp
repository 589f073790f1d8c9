#include "scanline/framework/ops/precision.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "scanline/framework/autograd/grad_mode.hpp"
#include "tests/framework/ops/recurrent_layers.hpp"

using namespace scanline;
using namespace scanline::test;

namespace {

/// The root of the sum of squares.
double norm(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value * value;
  return std::sqrt(sum);
}

/// Rounds to multiples of 1/16, which below 16 fit in bfloat16, as does the sum of few products.
void make_coarse(const Tensor& tensor) {
  float* const values = tensor.value().data<float>();
  for (Index i = 0; i < tensor.value().size(); ++i) values[i] = std::round(values[i] * 16) / 16;
}

}  // namespace

TEST_CASE("products of bfloat16 are close to those of floats: results and all gradients") {
  for (const Case& c : cases()) {
    INFO(describe(c));
    const std::vector<Array> expected = run(recurrent_layer, c, DType::float32);
    const InBfloat16 rounded;
    if (!rounded.is_there) return;
    const std::vector<Array> found = run(recurrent_layer, c, DType::float32);
    // A sum that changes its sign changes the gradients of relu altogether: results alone.
    const std::size_t compared = c.kind == CellKind::rnn_relu ? 2 : found.size();
    double largest = 0, results = 0;
    for (std::size_t i = 0; i < compared; ++i) {
      INFO("array " << i);
      std::vector<double> difference = test::values(found[i]);
      const std::vector<double> exact = test::values(expected[i]);
      REQUIRE(difference.size() == exact.size());
      for (std::size_t j = 0; j < exact.size(); ++j) difference[j] -= exact[j];
      CHECK(norm(difference) <= 0.05 * norm(exact));
      largest = std::max(largest, norm(difference));
      results += norm(exact);
    }
    if (results > 0) CHECK(largest > 0);  // all units of a small relu layer may be off
  }
}

TEST_CASE("numbers that fit in bfloat16 are not changed by it") {
  for (Case c : cases()) {
    c.steps = 1;
    if (!c.lengths.empty()) c.lengths.assign(c.lengths.size(), 1);
    INFO(describe(c));
    const Inputs inputs(c, DType::float32);
    for (const Tensor& leaf : inputs.leaves) make_coarse(leaf);
    const auto forward = [&] {
      return recurrent_layer(c.kind, inputs.x, inputs.initial, inputs.directions, c.lengths);
    };
    const RecurrentSequence expected = forward();
    const InBfloat16 rounded;
    if (!rounded.is_there) return;
    CHECK(test::distance(forward().output.value(), expected.output.value()) == 0);
  }
}

TEST_CASE("passes that are not recorded stay in float32") {
  const Case c{CellKind::lstm, 4, 5, 3, 16, 2};
  const Inputs inputs(c, DType::float32);
  const auto forward = [&] {
    return recurrent_layer(c.kind, inputs.x, inputs.initial, inputs.directions).output.value();
  };
  const Array expected = forward();
  const InBfloat16 rounded;
  if (!rounded.is_there) return;
  CHECK(test::distance(forward(), expected) > 0);
  const NoGrad no_grad;
  CHECK(test::distance(forward(), expected) == 0);
}
