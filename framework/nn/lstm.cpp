#include "framework/nn/lstm.hpp"

#include <fmt/format.h>

#include <cmath>

#include "framework/core/error.hpp"
#include "framework/nn/init.hpp"
#include "framework/ops/dropout.hpp"
#include "framework/ops/shape.hpp"

namespace scanline::nn {
namespace {

constexpr Index gates = 4;

double initial_bound(Index hidden_size) { return 1 / std::sqrt(static_cast<double>(hidden_size)); }

void check_sizes(const char* name, Index input_size, Index hidden_size) {
  if (input_size < 1 || hidden_size < 1)
    throw Error(fmt::format("{}: input size {} and hidden size {} must be at least 1", name,
                            input_size, hidden_size));
}

}  // namespace

LSTMCell::LSTMCell(Index input_size, Index hidden_size) {
  check_sizes("lstm_cell", input_size, hidden_size);
  const double bound = initial_bound(hidden_size);
  const Index rows = gates * hidden_size;
  parameters.weight_ih = parameter("weight_ih", init::uniform({rows, input_size}, bound));
  parameters.weight_hh = parameter("weight_hh", init::uniform({rows, hidden_size}, bound));
  parameters.bias_ih = parameter("bias_ih", init::uniform({rows}, bound));
  parameters.bias_hh = parameter("bias_hh", init::uniform({rows}, bound));
}

LstmState LSTMCell::operator()(const Tensor& x, const LstmState& state) {
  return lstm_cell(x, state, parameters);
}

LSTM::LSTM(const Options& options) : options_(options) {
  check_sizes("lstm", options.input_size, options.hidden_size);
  if (options.num_layers < 1)
    throw Error(fmt::format("lstm: needs at least 1 layer, got {}", options.num_layers));
  if (!(options.dropout >= 0 && options.dropout < 1))
    throw Error(fmt::format("lstm: needs a dropout in [0, 1), got {}", options.dropout));
  const double bound = initial_bound(options.hidden_size);
  const Index rows = gates * options.hidden_size;
  for (Index layer = 0; layer < options.num_layers; ++layer) {
    // A layer above the first reads what both directions below it put out.
    const Index inputs = layer == 0 ? options.input_size : directions() * options.hidden_size;
    for (Index direction = 0; direction < directions(); ++direction) {
      const std::string suffix = fmt::format("_l{}{}", layer, direction == 1 ? "_reverse" : "");
      LstmParameters own;
      own.weight_ih = parameter("weight_ih" + suffix, init::uniform({rows, inputs}, bound));
      own.weight_hh =
          parameter("weight_hh" + suffix, init::uniform({rows, options.hidden_size}, bound));
      own.bias_ih = parameter("bias_ih" + suffix, init::uniform({rows}, bound));
      own.bias_hh = parameter("bias_hh" + suffix, init::uniform({rows}, bound));
      parameters_.push_back(own);
    }
  }
}

LSTM::Output LSTM::operator()(const Tensor& x) {
  if (x.rank() != 3)
    throw Error(
        fmt::format("lstm: needs (T, B, {}), got {}", options_.input_size, to_string(x.shape())));
  const Shape states{options_.num_layers * directions(), x.size(1), options_.hidden_size};
  return (*this)(
      x, {Tensor(Array::zeros(states, x.dtype())), Tensor(Array::zeros(states, x.dtype()))});
}

LSTM::Output LSTM::operator()(const Tensor& x, const LstmState& initial) {
  const Index states = options_.num_layers * directions();
  if (x.rank() != 3 || x.size(2) != options_.input_size)
    throw Error(
        fmt::format("lstm: needs (T, B, {}), got {}", options_.input_size, to_string(x.shape())));
  const Index batch = x.size(1), hidden = options_.hidden_size;
  for (const Tensor& state : {initial.h, initial.c})
    if (state.shape() != Shape{states, batch, hidden})
      throw Error(fmt::format("lstm: needs initial states ({}, {}, {}), got {}", states, batch,
                              hidden, to_string(state.shape())));

  Tensor sequence = x;  // what the next layer reads, (T, B, features)
  std::vector<Tensor> h_n, c_n;
  for (Index layer = 0; layer < options_.num_layers; ++layer) {
    if (layer > 0 && is_training() && options_.dropout > 0)
      sequence = dropout(sequence, options_.dropout);
    std::vector<Tensor> outputs;
    for (Index direction = 0; direction < directions(); ++direction) {
      const Index which = layer * directions() + direction;
      const auto own_state = [&](const Tensor& all) {
        return reshape(slice(all, 0, which, which + 1), {batch, hidden});
      };
      const LstmSequence read =
          lstm_sequence(sequence, {own_state(initial.h), own_state(initial.c)},
                        parameters_[static_cast<std::size_t>(which)],
                        direction == 0 ? Direction::forward : Direction::reverse);
      outputs.push_back(read.output);
      h_n.push_back(read.final.h);
      c_n.push_back(read.final.c);
    }
    sequence = concatenate(outputs, 2);
  }
  return {sequence, {stack(h_n, 0), stack(c_n, 0)}};
}

}  // namespace scanline::nn
