#include "scanline/framework/ops/recurrent.hpp"

#include <cmath>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/ops/elementwise.hpp"
#include "scanline/framework/ops/movement.hpp"
#include "tests/catch.hpp"
#include "tests/framework/core/arrays.hpp"

using namespace scanline;
using test::array;
using test::random_array;

namespace {

double logistic(double x) { return 1 / (1 + std::exp(-x)); }

RecurrentParameters random_parameters(Index inputs, Index hidden) {
  return {Tensor(random_array({4 * hidden, inputs}, 11)),
          Tensor(random_array({4 * hidden, hidden}, 12)), Tensor(random_array({4 * hidden}, 13)),
          Tensor(random_array({4 * hidden}, 14))};
}

RecurrentState random_state(Index batch, Index hidden) {
  return {Tensor(random_array({batch, hidden}, 15)), Tensor(random_array({batch, hidden}, 16))};
}

}  // namespace

TEST_CASE("a cell of one unit, by hand, with the gates in the order i, f, g, o") {
  const RecurrentParameters p{
      Tensor(array({0.1, 0.2, 0.3, 0.4}, {4, 1})), Tensor(array({0.5, -0.6, 0.7, -0.8}, {4, 1})),
      Tensor(array({0.01, 0.02, 0.03, 0.04})), Tensor(array({0.5, 0.6, 0.7, 0.8}))};
  const double x = 2, h = -0.5, c = 0.25;
  const RecurrentState next = lstm_cell(
      Tensor(array({x}, {1, 1})), {Tensor(array({h}, {1, 1})), Tensor(array({c}, {1, 1}))}, p);
  const double i = logistic(0.1 * x + 0.5 * h + 0.51), f = logistic(0.2 * x - 0.6 * h + 0.62);
  const double g = std::tanh(0.3 * x + 0.7 * h + 0.73), o = logistic(0.4 * x - 0.8 * h + 0.84);
  CHECK(next.c.item() == Approx(f * c + i * g).epsilon(1e-14));
  CHECK(next.h.item() == Approx(o * std::tanh(f * c + i * g)).epsilon(1e-14));
}

TEST_CASE("a GRU cell of one unit, by hand, with the gates in the order r, z, n") {
  const RecurrentParameters p{Tensor(array({0.1, 0.2, 0.3}, {3, 1})),
                              Tensor(array({0.5, -0.6, 0.7}, {3, 1})),
                              Tensor(array({0.01, 0.02, 0.03})), Tensor(array({0.5, 0.6, 0.7}))};
  const double x = 2, h = -0.5;
  const Tensor next = gru_cell(Tensor(array({x}, {1, 1})), Tensor(array({h}, {1, 1})), p);
  const double r = logistic(0.1 * x + 0.5 * h + 0.51), z = logistic(0.2 * x - 0.6 * h + 0.62);
  const double n = std::tanh(0.3 * x + 0.03 + r * (0.7 * h + 0.7));
  CHECK(next.item() == Approx((1 - z) * n + z * h).epsilon(1e-14));
}

TEST_CASE("an RNN cell of one unit, by hand, with either nonlinearity") {
  const RecurrentParameters p{Tensor(array({0.1}, {1, 1})), Tensor(array({0.5}, {1, 1})),
                              Tensor(array({0.01})), Tensor(array({0.2}))};
  const Tensor h(array({-0.5}, {1, 1}));
  for (const double x : {2.0, -2.0}) {
    const Tensor input(array({x}, {1, 1}));
    const double a = 0.1 * x + 0.5 * -0.5 + 0.21;
    CHECK(rnn_cell(input, h, p, Nonlinearity::tanh).item() == Approx(std::tanh(a)).epsilon(1e-14));
    CHECK(rnn_cell(input, h, p, Nonlinearity::relu).item() == Approx(a > 0 ? a : 0).epsilon(1e-14));
  }
}

TEST_CASE("the worked example of docs/lstm_bptt.md") {
  const auto weight = [](const std::vector<double>& values, const Shape& shape) {
    return Tensor(array(values, shape), /*requires_grad=*/true);
  };
  const RecurrentParameters p{weight({0.5, -0.3, 0.8, 0.2}, {4, 1}),
                              weight({0.1, 0.4, -0.2, 0.3}, {4, 1}), weight({0, 1, 0.1, -0.1}, {4}),
                              Tensor(array({0, 0, 0, 0}, {4}))};
  const Tensor x = weight({1, -0.5}, {2, 1, 1});
  const Tensor zero(array({0}, {1, 1}));
  const RecurrentSequence read =
      recurrent_sequence(CellKind::lstm, x, {zero, zero}, p, Direction::forward);
  const auto check = [](const Array& found, const std::vector<double>& wanted) {
    REQUIRE(found.size() == static_cast<Index>(wanted.size()));
    for (Index i = 0; i < found.size(); ++i)
      CHECK(std::abs(found.at(i) - wanted[static_cast<std::size_t>(i)]) < 5.1e-7);
  };
  check(read.output.value(), {0.219701, 0.091599});
  check(read.final.c.value(), {0.198926});
  read.final.h.backward();
  check(x.grad(), {0.111874, 0.122623});
  check(p.weight_ih.grad(), {0.076086, -0.017426, 0.015496, -0.025525});
  check(p.weight_hh.grad(), {-0.008049, 0.007657, 0.038894, 0.010736});
}

TEST_CASE("a sequence is the cell, step by step, in either direction") {
  const Index steps = 4, batch = 3, inputs = 2, hidden = 5;
  const Tensor x(random_array({steps, batch, inputs}));
  const RecurrentParameters p = random_parameters(inputs, hidden);
  const RecurrentState initial = random_state(batch, hidden);
  for (const Direction direction : {Direction::forward, Direction::reverse}) {
    const RecurrentSequence read = recurrent_sequence(CellKind::lstm, x, initial, p, direction);
    REQUIRE(read.output.shape() == Shape{steps, batch, hidden});
    RecurrentState state = initial;
    for (Index step = 0; step < steps; ++step) {
      const Index t = direction == Direction::forward ? step : steps - 1 - step;
      state = lstm_cell(Tensor(x.value().rows(t, t + 1).reshape({batch, inputs})), state, p);
      CHECK(test::distance(read.output.value().rows(t, t + 1).reshape({batch, hidden}),
                           state.h.value()) < 1e-14);
    }
    CHECK(test::distance(read.final.h.value(), state.h.value()) < 1e-14);
    CHECK(test::distance(read.final.c.value(), state.c.value()) < 1e-14);
  }
}

TEST_CASE("reading in reverse is reading the reversed sequence, turned back") {
  const Tensor x(random_array({4, 2, 3}));
  const RecurrentParameters p = random_parameters(3, 2);
  const RecurrentState initial = random_state(2, 2);
  const RecurrentSequence reverse =
      recurrent_sequence(CellKind::lstm, x, initial, p, Direction::reverse);
  const RecurrentSequence turned =
      recurrent_sequence(CellKind::lstm, flip(x, 0), initial, p, Direction::forward);
  CHECK(test::distance(reverse.output.value(), flip(turned.output, 0).value()) < 1e-14);
  CHECK(test::distance(reverse.final.c.value(), turned.final.c.value()) < 1e-14);
}

TEST_CASE("the rows of a batch do not know of each other") {
  const Tensor x(random_array({3, 4, 2}));
  const RecurrentParameters p = random_parameters(2, 3);
  const RecurrentState initial = random_state(4, 3);
  const RecurrentSequence all =
      recurrent_sequence(CellKind::lstm, x, initial, p, Direction::forward);
  for (Index row = 0; row < 4; ++row) {
    const auto own = [&](const Tensor& y, Index axis) { return slice(y, axis, row, row + 1); };
    const RecurrentSequence alone = recurrent_sequence(
        CellKind::lstm, own(x, 1), {own(initial.h, 0), own(initial.c, 0)}, p, Direction::forward);
    CHECK(test::distance(alone.output.value(), own(all.output, 1).value()) < 1e-14);
  }
}

TEST_CASE("a cell of one's own, with a single tensor as its state, is read like a built-in one") {
  const Tensor x(random_array({4, 3, 2})), h(random_array({3, 5}, 1));
  const RecurrentParameters p{Tensor(random_array({15, 2}, 2)), Tensor(random_array({15, 5}, 3))};
  const auto step = [&](const Tensor& x_t, const Tensor& state) { return gru_cell(x_t, state, p); };
  for (const Direction direction : {Direction::forward, Direction::reverse}) {
    for (const Lengths& lengths : {Lengths{}, Lengths{2, 4, 1}}) {
      const SequenceOf<Tensor> own = recurrent_sequence(step, x, h, direction, lengths);
      const RecurrentSequence expected =
          recurrent_sequence(CellKind::gru, x, {h}, p, direction, lengths);
      CHECK(test::distance(own.output.value(), expected.output.value()) == 0);
      CHECK(test::distance(own.final.value(), expected.final.h.value()) == 0);
    }
  }
}

TEST_CASE("a state of several tensors, of any rank, ends at each sequence's length") {
  // The sum of what was read, (B, 2), the products of all pairs at the last step, (B, 2, 2), and
  // how many steps were read, (B,).
  const auto step = [](const Tensor& x, const std::vector<Tensor>& state) {
    const Tensor pairs = reshape(x, {-1, 2, 1}) * reshape(x, {-1, 1, 2});
    return std::vector<Tensor>{state[0] + x, pairs, state[2] + 1.0};
  };
  const auto zeros = [](Shape shape) { return Tensor(Array::zeros(shape, DType::float64)); };
  const Array values = random_array({4, 3, 2});
  const Lengths lengths{2, 4, 1};
  for (const Direction direction : {Direction::forward, Direction::reverse}) {
    const std::vector<Tensor> initial{zeros({3, 2}), zeros({3, 2, 2}), zeros({3})};
    const auto all = recurrent_sequence(step, Tensor(values), initial, direction, lengths);
    CHECK(test::values(all.final[2]) == std::vector<double>{2, 4, 1});
    for (Index b = 0; b < 3; ++b) {
      const Index length = lengths[static_cast<std::size_t>(b)];
      double sum = 0;
      for (Index t = 0; t < length; ++t) sum += values.at((t * 3 + b) * 2);
      CHECK(all.final[0].value().at(b * 2) == Approx(sum));
      const Index last = direction == Direction::forward ? length - 1 : 0;
      const double x0 = values.at((last * 3 + b) * 2), x1 = values.at((last * 3 + b) * 2 + 1);
      CHECK(all.final[1].value().at(b * 4 + 1) == Approx(x0 * x1));
      for (Index t = length; t < 4; ++t) CHECK(all.output.value().at((t * 3 + b) * 2) == 0);
    }
  }
}

TEST_CASE("a step has to return as many tensors as the state has") {
  const Tensor x(random_array({2, 3, 2})), h(random_array({3, 2}));
  const RecurrentStep fewer = [](const Tensor&, const std::vector<Tensor>& state) {
    return std::vector<Tensor>{state[0]};
  };
  CHECK_THROWS_WITH(
      recurrent_sequence(fewer, x, {h, h}),
      "recurrent_sequence: needs a step that returns 2 tensors, as many as the state has, got 1");
  const RecurrentStep none = [](const Tensor&, const std::vector<Tensor>&) {
    return std::vector<Tensor>{};
  };
  CHECK_THROWS_AS(recurrent_sequence(none, x, std::vector<Tensor>{}), Error);
}

TEST_CASE("LSTM ops refuse shapes that do not fit, even where they would broadcast") {
  const RecurrentParameters p = random_parameters(2, 3);
  const RecurrentState good = random_state(4, 3);
  const Tensor x(random_array({4, 2})), sequence(random_array({5, 4, 2}));
  const auto zeros = [](Shape shape) { return Tensor(Array::zeros(shape, DType::float64)); };
  const std::vector<RecurrentState> bad_states = {
      {zeros({1, 3}), good.c}, {good.h, zeros({1, 3})}, {good.h, zeros({4, 1})},
      {good.h, zeros({3})},    {zeros({4, 2}), good.c}, {zeros({1, 4, 3}), good.c}};
  for (const RecurrentState& bad : bad_states) {
    CHECK_THROWS_AS(lstm_cell(x, bad, p), Error);
    CHECK_THROWS_AS(recurrent_sequence(CellKind::lstm, sequence, bad, p, Direction::forward),
                    Error);
  }
  CHECK_THROWS_AS(lstm_cell(zeros({4, 3}), good, p), Error);
  CHECK_THROWS_AS(lstm_cell(sequence, good, p), Error);
  CHECK_THROWS_AS(recurrent_sequence(CellKind::lstm, x, good, p, Direction::forward), Error);
  CHECK_THROWS_WITH(
      recurrent_sequence(CellKind::lstm, zeros({0, 4, 2}), good, p, Direction::reverse),
      "recurrent_sequence: needs (T, B, I) with at least one step, got (0, 4, 2)");
  RecurrentParameters wrong = p;
  wrong.weight_hh = zeros({12, 4});
  CHECK_THROWS_AS(lstm_cell(x, good, wrong), Error);
  wrong = p;
  wrong.bias_hh = zeros({1});
  CHECK_THROWS_AS(lstm_cell(x, good, wrong), Error);
}

TEST_CASE("cells refuse weights that do not fit each other, even where they would broadcast") {
  const auto zeros = [](Shape shape) { return Tensor(Array::zeros(shape, DType::float64)); };
  const Tensor x = zeros({4, 2}), h = zeros({4, 3}), narrow = zeros({4, 1});
  // Weights of one unit for h, or of another number of gates.
  CHECK_THROWS_WITH(rnn_cell(x, narrow, {zeros({3, 2}), zeros({1, 1})}, Nonlinearity::tanh),
                    "rnn_cell: needs weights (1, I) and (1, 1), got (3, 2) and (1, 1)");
  CHECK_THROWS_WITH(gru_cell(x, narrow, {zeros({9, 2}), zeros({3, 1})}),
                    "gru_cell: needs weights (3, I) and (3, 1), got (9, 2) and (3, 1)");
  CHECK_THROWS_WITH(lstm_cell(x, {h, h}, {zeros({9, 2}), zeros({9, 3})}),
                    "lstm_cell: needs weights (8, I) and (8, 2), got (9, 2) and (9, 3)");
  // Hidden states of one unit for cells of three.
  CHECK_THROWS_AS(rnn_cell(x, narrow, {zeros({3, 2}), zeros({3, 1})}, Nonlinearity::tanh), Error);
  CHECK_THROWS_AS(gru_cell(x, narrow, {zeros({9, 2}), zeros({9, 1})}), Error);
  CHECK_THROWS_AS(lstm_cell(x, {narrow, h}, {zeros({12, 2}), zeros({12, 1})}), Error);
  // Which is right where they are projected, and to that size.
  const auto projected = [&](Shape weight_hr) {
    return lstm_cell(x, {narrow, h}, {zeros({12, 2}), zeros({12, 1}), {}, {}, zeros(weight_hr)});
  };
  CHECK(projected({1, 3}).h.shape() == Shape{4, 1});
  CHECK_THROWS_AS(projected({2, 3}), Error);
  CHECK_THROWS_AS(projected({1, 2}), Error);
}
