#include "scanline/framework/nn/bidirectional_lstm.hpp"

#include <fmt/format.h>

#include <string>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/ops/dropout.hpp"
#include "scanline/framework/ops/elementwise.hpp"
#include "scanline/framework/ops/movement.hpp"

namespace scanline::nn {

BidirectionalLSTM::BidirectionalLSTM(const LSTM::Options& options) : options_(options) {
  if (options.proj_size != 0)
    throw Error(fmt::format("bidirectional_lstm: cells have no projection, got one to {}",
                            options.proj_size));
  if (options.num_layers < 1)
    throw Error(
        fmt::format("bidirectional_lstm: needs at least 1 layer, got {}", options.num_layers));
  if (!(options.dropout >= 0 && options.dropout < 1))
    throw Error(
        fmt::format("bidirectional_lstm: needs a dropout in [0, 1), got {}", options.dropout));
  for (Index layer = 0; layer < options.num_layers; ++layer) {
    const Index inputs = layer == 0 ? options.input_size : 2 * options.hidden_size;
    const std::string name = "l" + std::to_string(layer);
    const LSTMCell::Options cell{
        .input_size = inputs, .hidden_size = options.hidden_size, .bias = options.bias};
    cells_.push_back(&child<LSTMCell>(name, cell));
    cells_.push_back(&child<LSTMCell>(name + "_reverse", cell));
  }
}

LSTM::Output BidirectionalLSTM::operator()(const Tensor& x, const RecurrentState& initial,
                                           const Lengths& lengths) {
  check_inputs(x, initial);
  // One sequence is a batch of one.
  if (x.rank() == 2) {
    const auto with_batch = [](const Tensor& y, Index axis) {
      return y.defined() ? stack({y}, axis) : y;
    };
    const auto without_batch = [](const Tensor& y) { return reshape(y, {-1, y.size(2)}); };
    const LSTM::Output y = (*this)(with_batch(x, options_.batch_first ? 0 : 1),
                                   {with_batch(initial.h, 1), with_batch(initial.c, 1)}, lengths);
    return {without_batch(y.output), without_batch(y.h_n), without_batch(y.c_n)};
  }

  Tensor sequence = options_.batch_first ? transpose(x, 0, 1) : x;  // (T, B, features)
  check_lengths("bidirectional_lstm", lengths, sequence.size(0), sequence.size(1));
  std::vector<Tensor> h_n, c_n;
  for (std::size_t layer = 0; layer < cells_.size() / 2; ++layer) {
    if (layer > 0 && is_training() && options_.dropout > 0)
      sequence = dropout(sequence, options_.dropout);
    std::vector<Tensor> outputs;
    for (const bool in_reverse : {false, true}) {
      const std::size_t which = 2 * layer + (in_reverse ? 1 : 0);
      const auto own = [&](const Tensor& states) {  // (2 L, B, H) -> (B, H)
        const auto i = static_cast<Index>(which);
        return states.defined()
                   ? reshape(slice(states, 0, i, i + 1), {states.size(1), states.size(2)})
                   : Tensor(Array::zeros({sequence.size(1), options_.hidden_size}, x.dtype()));
      };
      const RecurrentSequence result =
          read(*cells_[which], sequence, {own(initial.h), own(initial.c)}, in_reverse, lengths);
      outputs.push_back(result.output);
      h_n.push_back(result.final.h);
      c_n.push_back(result.final.c);
    }
    // The next layer reads both directions, in both its directions.
    sequence = concatenate(outputs, 2);
  }
  return {options_.batch_first ? transpose(sequence, 0, 1) : sequence, stack(h_n, 0),
          stack(c_n, 0)};
}

void BidirectionalLSTM::check_inputs(const Tensor& x, const RecurrentState& initial) const {
  check_defined("bidirectional_lstm", x);
  const Index features = options_.input_size;
  if ((x.rank() != 2 && x.rank() != 3) || x.size(-1) != features)
    throw Error(fmt::format(
        "bidirectional_lstm: needs ({}, {}), or (T, {}) for a single sequence, got {}",
        options_.batch_first ? "B, T" : "T, B", features, features, to_string(x.shape())));
  const bool has_batch = x.rank() == 3;
  const Index batch_axis = options_.batch_first ? 0 : 1;
  if (x.size(has_batch ? 1 - batch_axis : 0) == 0)
    throw Error(
        fmt::format("bidirectional_lstm: needs at least one step, got {}", to_string(x.shape())));
  // The cells see their own part of a state, not for how many layers it was made.
  const Index states = 2 * options_.num_layers, hidden = options_.hidden_size;
  const Shape expected =
      has_batch ? Shape{states, x.size(batch_axis), hidden} : Shape{states, hidden};
  const DType dtype = parameters().front().dtype();
  check_same_dtype("bidirectional_lstm", x.dtype(), dtype);
  for (const Tensor& state : {initial.h, initial.c}) {
    if (!state.defined()) continue;
    if (state.shape() != expected)
      throw Error(fmt::format("bidirectional_lstm: x {} needs initial states {}, got {}",
                              to_string(x.shape()), to_string(expected), to_string(state.shape())));
    check_same_dtype("bidirectional_lstm", state.dtype(), dtype);
  }
}

RecurrentSequence BidirectionalLSTM::read(LSTMCell& cell, const Tensor& x, RecurrentState state,
                                          bool in_reverse, const Lengths& lengths) const {
  const Index steps = x.size(0), batch = x.size(1);
  std::vector<Tensor> outputs(static_cast<std::size_t>(steps));
  for (Index step = 0; step < steps; ++step) {
    const Index t = in_reverse ? steps - 1 - step : step;
    const Tensor x_t = reshape(slice(x, 0, t, t + 1), {batch, x.size(2)});
    if (lengths.empty()) {
      const RecurrentState next = cell(x_t, state);
      outputs[static_cast<std::size_t>(t)] = next.h;
      state = next;
      continue;
    }
    // A sequence that has no step t keeps its state, and puts out 0. What its padding holds is not
    // read: if that were not a number, it would reach the gradients.
    const Array has_step({batch, 1}, DType::int64);
    for (Index b = 0; b < batch; ++b)
      has_step.data<std::int64_t>()[b] = t < lengths[static_cast<std::size_t>(b)] ? 1 : 0;
    const auto zeros_like = [](const Tensor& y) {
      return Tensor(Array::zeros(y.shape(), y.dtype()));
    };
    const RecurrentState next = cell(where(has_step, x_t, zeros_like(x_t)), state);
    outputs[static_cast<std::size_t>(t)] = where(has_step, next.h, zeros_like(next.h));
    state = {where(has_step, next.h, state.h), where(has_step, next.c, state.c)};
  }
  return {stack(outputs, 0), state};
}

}  // namespace scanline::nn
