#include "scanline/framework/ops/recurrent_layer.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

#include "scanline/framework/autograd/backward.hpp"
#include "scanline/framework/autograd/grad_mode.hpp"
#include "scanline/framework/core/parallel.hpp"
#include "scanline/framework/core/storage.hpp"
#include "tests/framework/ops/recurrent_layers.hpp"

using namespace scanline;
using namespace scanline::test;

TEST_CASE("the fused layer is the composed one: results and all gradients") {
  const auto [dtype, tolerance] =
      GENERATE(std::pair(DType::float64, 1e-10), std::pair(DType::float32, 1e-5));
  for (const Case& c : cases()) {
    INFO(describe(c));
    const std::vector<Array> fused = run(recurrent_layer, c, dtype);
    const std::vector<Array> composed = run(composed_layer, c, dtype);
    REQUIRE(fused.size() == composed.size());
    for (std::size_t i = 0; i < fused.size(); ++i) {
      INFO("array " << i);
      double largest = 1;
      for (const double value : test::values(composed[i]))
        largest = std::max(largest, std::abs(value));
      CHECK(test::distance(fused[i], composed[i]) <= tolerance * largest);
    }
  }
}

TEST_CASE("a second pass through a graph that is retained gives the same gradients, to the bit") {
  for (const Case& c : cases()) {
    INFO(describe(c));
    const Inputs inputs(c, DType::float32);
    const Tensor h = recurrent_layer(c.kind, inputs.x, inputs.initial, inputs.directions, c.lengths,
                                     /*with_output=*/true)
                         .final.h;
    const Array grad = Array::full(h.shape(), 0.5);
    backward(h, grad, {.retain_graph = true});
    std::vector<Array> first;
    for (const Tensor& leaf : inputs.leaves) {
      first.push_back(leaf.grad().copy());
      leaf.zero_grad();
    }
    backward(h, grad);
    for (std::size_t i = 0; i < first.size(); ++i)
      CHECK(test::distance(inputs.leaves[i].grad(), first[i]) == 0);
  }
}

TEST_CASE("no initial states are the same, to the bit, as zeros") {
  for (Case c : cases()) {
    if (c.initial) continue;
    INFO(describe(c));
    Inputs none(c, DType::float32), zeros(c, DType::float32);
    const Shape states{c.directions, c.batch, c.hidden};
    zeros.initial.h = test::leaf(Array::zeros(states));
    if (c.kind == CellKind::lstm) zeros.initial.c = test::leaf(Array::zeros(states));
    const auto run_on = [&](const Inputs& inputs) {
      const RecurrentSequence y =
          recurrent_layer(c.kind, inputs.x, inputs.initial, inputs.directions, c.lengths);
      sum(y.output * y.output).backward();
      return y.output.value();
    };
    CHECK(test::distance(run_on(none), run_on(zeros)) == 0);
    for (std::size_t i = 0; i < none.leaves.size(); ++i)
      CHECK(test::distance(none.leaves[i].grad(), zeros.leaves[i].grad()) == 0);
  }
}

TEST_CASE("a fused layer has the same bits on any number of threads") {
  std::optional<InBfloat16> rounded;
  if (GENERATE(false, true)) rounded.emplace();
  const int before = thread_count();
  const Case c{CellKind::lstm, 5, 130, 7, 40, 2};
  std::vector<std::vector<Array>> runs;
  for (const int threads : {1, 2, 3, 8}) {
    set_thread_count(threads);
    runs.push_back(run(recurrent_layer, c, DType::float32));
  }
  set_thread_count(before);
  for (const std::vector<Array>& other : runs)
    for (std::size_t i = 0; i < other.size(); ++i)
      CHECK(test::distance(other[i], runs.front()[i]) == 0);
}

TEST_CASE("a forward pass that nobody goes back through has the same bits") {
  for (const Case& c : cases()) {
    INFO(describe(c));
    const Inputs inputs(c, DType::float32);
    const auto forward = [&] {
      return recurrent_layer(c.kind, inputs.x, inputs.initial, inputs.directions, c.lengths);
    };
    const RecurrentSequence recorded = forward();
    const NoGrad no_grad;
    const RecurrentSequence alone = forward();
    CHECK_FALSE(alone.output.requires_grad());
    CHECK(test::distance(alone.output.value(), recorded.output.value()) == 0);
    CHECK(test::distance(alone.final.h.value(), recorded.final.h.value()) == 0);
    if (c.kind == CellKind::lstm)
      CHECK(test::distance(alone.final.c.value(), recorded.final.c.value()) == 0);
  }
}

TEST_CASE("without the output, final states and gradients have the same bits") {
  for (const Case& c : cases()) {
    INFO(describe(c));
    const auto run_with = [&](bool with_output) {
      const Inputs inputs(c, DType::float32);
      const RecurrentSequence y = recurrent_layer(c.kind, inputs.x, inputs.initial,
                                                  inputs.directions, c.lengths, with_output);
      CHECK(y.output.defined() == with_output);
      sum(y.final.h * y.final.h).backward();
      std::vector<Array> all{y.final.h.value()};
      if (c.kind == CellKind::lstm) all.push_back(y.final.c.value());
      for (const Tensor& leaf : inputs.leaves) all.push_back(leaf.grad());
      return all;
    };
    const std::vector<Array> with = run_with(true), without = run_with(false);
    for (std::size_t i = 0; i < with.size(); ++i) CHECK(test::distance(without[i], with[i]) == 0);
  }
}

TEST_CASE("two forward passes, then both backward passes") {
  const Case c{CellKind::lstm, 3, 4, 2, 5, 2};
  Inputs inputs(c, DType::float64);
  const auto loss = [&](double factor) {
    return sum(
        recurrent_layer(c.kind, inputs.x * factor, inputs.initial, inputs.directions).output);
  };
  const auto grads = [&] {
    std::vector<Array> result;
    for (const Tensor& leaf : inputs.leaves) {
      result.push_back(leaf.grad().copy());
      leaf.zero_grad();
    }
    return result;
  };
  loss(1).backward();
  loss(2).backward();
  const std::vector<Array> expected = grads();
  const Tensor first = loss(1), second = loss(2);
  second.backward();
  first.backward();
  const std::vector<Array> found = grads();
  for (std::size_t i = 0; i < found.size(); ++i)
    CHECK(test::distance(found[i], expected[i]) < 1e-12);
}

#ifndef __SANITIZE_ADDRESS__  // under which the pool recycles nothing
TEST_CASE("once warm, a training step takes no memory from the system") {
  const Case c{CellKind::lstm, 5, 40, 6, 20, 2};
  const Inputs inputs(c, DType::float32);
  const auto step = [&] {
    sum(recurrent_layer(c.kind, inputs.x, inputs.initial, inputs.directions).output).backward();
  };
  step();
  step();
  const Index before = system_allocation_count();
  for (int i = 0; i < 5; ++i) step();
  CHECK(system_allocation_count() == before);
}
#endif

TEST_CASE("gradients that nobody wants are left out") {
  const Case c{CellKind::gru, 3, 2, 2, 3, 2};
  Inputs inputs(c, DType::float64);
  inputs.x = inputs.x.detach();
  inputs.initial.h = inputs.initial.h.detach();
  inputs.directions[1].weight_hh = inputs.directions[1].weight_hh.detach();
  sum(recurrent_layer(c.kind, inputs.x, inputs.initial, inputs.directions).final.h).backward();
  const Array grad = inputs.directions[0].weight_hh.grad();
  Inputs whole(c, DType::float64);
  sum(composed_layer(c.kind, whole.x, whole.initial, whole.directions).final.h).backward();
  CHECK(test::distance(grad, whole.directions[0].weight_hh.grad()) < 1e-12);
}

TEST_CASE("what lies in the padding does not matter, not even if it is no number") {
  const Case c{CellKind::lstm, 4, 2, 2, 3, 2, true, {4, 2}};
  const std::vector<Array> clean = run(recurrent_layer, c, DType::float64);
  Inputs inputs(c, DType::float64);
  for (Index t = 2; t < 4; ++t)
    for (Index i = 0; i < 2; ++i) inputs.x.value().data<double>()[(t * 2 + 1) * 2 + i] = NAN;
  const RecurrentSequence y =
      recurrent_layer(c.kind, inputs.x, inputs.initial, inputs.directions, c.lengths);
  CHECK(test::distance(y.output.value(), clean[0]) == 0);
  CHECK(test::distance(y.final.c.value(), clean[2]) == 0);
  sum(y.output).backward();
  for (const Tensor& leaf : inputs.leaves)
    for (const double value : test::values(leaf.grad())) CHECK_FALSE(std::isnan(value));
}

TEST_CASE("the fused layer refuses what does not fit") {
  const Case c{CellKind::lstm, 3, 4, 2, 5, 2};
  const Inputs inputs(c, DType::float64);
  const auto zeros = [](Shape shape) { return Tensor(Array::zeros(shape, DType::float64)); };
  const auto layer = [&](const Tensor& x, const RecurrentState& initial,
                         const std::vector<RecurrentParameters>& directions,
                         const Lengths& lengths = {}) {
    return recurrent_layer(c.kind, x, initial, directions, lengths);
  };
  CHECK_THROWS_WITH(layer(zeros({0, 4, 2}), inputs.initial, inputs.directions),
                    "recurrent_layer: needs (T, B, I) with at least one step, got (0, 4, 2)");
  CHECK_THROWS_WITH(layer(zeros({3, 4, 1}), inputs.initial, inputs.directions),
                    "recurrent_layer: needs weight_ih (20, 1), got (20, 2)");
  CHECK_THROWS_WITH(layer(inputs.x, {inputs.initial.h, zeros({2, 4, 4})}, inputs.directions),
                    "recurrent_layer: needs c (2, 4, 5), got (2, 4, 4)");
  CHECK_THROWS_AS(layer(inputs.x, {zeros({2, 1, 5}), inputs.initial.c}, inputs.directions), Error);
  CHECK_THROWS_AS(layer(inputs.x, inputs.initial, {}), Error);
  CHECK_THROWS_AS(layer(inputs.x, inputs.initial, inputs.directions, {1, 2, 3}), Error);
  CHECK_THROWS_AS(layer(inputs.x, inputs.initial, inputs.directions, {1, 2, 3, 4}), Error);
  std::vector<RecurrentParameters> wrong = inputs.directions;
  wrong[1].bias_hh = Tensor();
  CHECK_THROWS_AS(layer(inputs.x, inputs.initial, wrong), Error);
  wrong = inputs.directions;
  wrong[1].weight_hr = zeros({2, 5});
  CHECK_THROWS_AS(layer(inputs.x, inputs.initial, wrong), Error);
  CHECK_THROWS_AS(
      layer(Tensor(inputs.x.value().to(DType::float32)), inputs.initial, inputs.directions), Error);
}
