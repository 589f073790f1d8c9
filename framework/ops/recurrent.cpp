#include "framework/ops/recurrent.hpp"

#include <fmt/format.h>

#include <vector>

#include "framework/core/error.hpp"
#include "framework/ops/activation.hpp"
#include "framework/ops/elementwise.hpp"
#include "framework/ops/matmul.hpp"
#include "framework/ops/shape.hpp"

namespace scanline {

LstmState lstm_cell(const Tensor& x, const LstmState& state, const LstmParameters& parameters) {
  // Without this check a state of one row, or of one unit, would broadcast.
  const Shape expected{x.size(0), parameters.weight_hh.size(-1)};  // (B, H)
  if (x.rank() != 2 || state.h.shape() != expected || state.c.shape() != expected)
    throw Error(fmt::format("lstm_cell: needs x (B, I) and states (B, {}), got {} with {} and {}",
                            parameters.weight_hh.size(-1), to_string(x.shape()),
                            to_string(state.h.shape()), to_string(state.c.shape())));
  const Tensor preactivations = linear(x, parameters.weight_ih, parameters.bias_ih) +
                                linear(state.h, parameters.weight_hh, parameters.bias_hh);
  const std::vector<Tensor> a = split(preactivations, 4, 1);
  const Tensor i = sigmoid(a[0]);  // input gate, (B, H)
  const Tensor f = sigmoid(a[1]);  // forget gate
  const Tensor g = tanh(a[2]);     // candidate for the cell state
  const Tensor o = sigmoid(a[3]);  // output gate
  const Tensor c = f * state.c + i * g;
  return {o * tanh(c), c};
}

LstmSequence lstm_sequence(const Tensor& x, const LstmState& initial,
                           const LstmParameters& parameters, Direction direction) {
  if (x.rank() != 3 || x.size(0) == 0)
    throw Error(fmt::format("lstm_sequence: needs (T, B, I) with at least one step, got {}",
                            to_string(x.shape())));
  const Index steps = x.size(0);
  LstmState state = initial;
  std::vector<Tensor> hidden(static_cast<std::size_t>(steps));
  for (Index step = 0; step < steps; ++step) {
    const Index t = direction == Direction::forward ? step : steps - 1 - step;
    const Tensor x_t = reshape(slice(x, 0, t, t + 1), {x.size(1), x.size(2)});
    state = lstm_cell(x_t, state, parameters);
    hidden[static_cast<std::size_t>(t)] = state.h;
  }
  return {stack(hidden, 0), state};
}

}  // namespace scanline
