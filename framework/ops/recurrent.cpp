#include "scanline/framework/ops/recurrent.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/ops/activation.hpp"
#include "scanline/framework/ops/composed.hpp"
#include "scanline/framework/ops/elementwise.hpp"
#include "scanline/framework/ops/matmul.hpp"
#include "scanline/framework/ops/movement.hpp"

namespace scanline {
namespace {

// Cells call these checks within `composed`, which gives the cell's name to their errors.

/// Without this check the weights of one unit would broadcast to those of more. The widths of
/// inputs and the sizes of biases are checked where they are used.
void check_weights(Index gates, const RecurrentParameters& parameters) {
  const Tensor &of_x = parameters.weight_ih, &of_h = parameters.weight_hh;
  const Index hidden = of_h.size(0) / gates;
  const Index outputs = parameters.weight_hr.defined() ? parameters.weight_hr.size(0) : hidden;
  if (of_h.shape() != Shape{gates * hidden, outputs} || of_x.size(0) != gates * hidden)
    throw Error(fmt::format("needs weights ({}, I) and ({}, {}), got {} and {}", gates * hidden,
                            gates * hidden, outputs, to_string(of_x.shape()),
                            to_string(of_h.shape())));
}

/// Without this check a state of one row, or of one unit, would broadcast.
void check_state(const Tensor& x, const Tensor& state, Index size) {
  if (x.rank() != 2 || !state.defined() || state.shape() != Shape{x.size(0), size})
    throw Error(fmt::format("needs x (B, I) and a state (B, {}), got {} with {}", size,
                            to_string(x.shape()),
                            state.defined() ? to_string(state.shape()) : "none"));
}

/// 1 in the rows whose sequences have a step t, 0 where it is padding: (B,).
Array rows_with_step(Index t, const Lengths& lengths) {
  const Array result({static_cast<Index>(lengths.size())}, DType::int64);
  std::transform(lengths.begin(), lengths.end(), result.data<std::int64_t>(),
                 [t](Index length) { return t < length ? 1 : 0; });
  return result;
}

/// The rows of `y` (B, ...) that `rows` (B,) has a 1 for, those of `otherwise` elsewhere.
Tensor where_rows(const Array& rows, const Tensor& y, const Tensor& otherwise) {
  Shape aligned = rows.shape();
  while (aligned.rank() < y.rank()) aligned.push_back(1);
  return where(rows.reshape(aligned), y, otherwise);
}
Tensor where_rows(const Array& rows, const Tensor& y) {
  return where_rows(rows, y, Tensor(Array::zeros(y.shape(), y.dtype())));
}

}  // namespace

RecurrentState lstm_cell(const Tensor& x, const RecurrentState& state,
                         const RecurrentParameters& parameters) {
  return composed("lstm_cell", [&] {
    check_weights(4, parameters);
    check_state(x, state.h, parameters.weight_hh.size(-1));
    check_state(x, state.c, parameters.weight_hh.size(0) / 4);
    // [lstm cell]
    const Tensor preactivations = linear(x, parameters.weight_ih, parameters.bias_ih) +
                                  linear(state.h, parameters.weight_hh, parameters.bias_hh);
    const std::vector<Tensor> a = split(preactivations, 4, 1);
    const Tensor i = sigmoid(a[0]);  // input gate, (B, H)
    const Tensor f = sigmoid(a[1]);  // forget gate
    const Tensor g = tanh(a[2]);     // candidate for the cell state
    const Tensor o = sigmoid(a[3]);  // output gate
    const Tensor c = f * state.c + i * g;
    const Tensor h = o * tanh(c);
    // [lstm cell]
    return RecurrentState{
        parameters.weight_hr.defined() ? linear(h, parameters.weight_hr, Tensor()) : h, c};
  });
}

Tensor gru_cell(const Tensor& x, const Tensor& h, const RecurrentParameters& parameters) {
  return composed("gru_cell", [&] {
    check_weights(3, parameters);
    check_state(x, h, parameters.weight_hh.size(-1));
    const std::vector<Tensor> of_x =
        split(linear(x, parameters.weight_ih, parameters.bias_ih), 3, 1);
    const std::vector<Tensor> of_h =
        split(linear(h, parameters.weight_hh, parameters.bias_hh), 3, 1);
    const Tensor r = sigmoid(of_x[0] + of_h[0]);   // reset gate, (B, H)
    const Tensor z = sigmoid(of_x[1] + of_h[1]);   // update gate
    const Tensor n = tanh(of_x[2] + r * of_h[2]);  // candidate for the hidden state
    return n + z * (h - n);
  });
}

Tensor rnn_cell(const Tensor& x, const Tensor& h, const RecurrentParameters& parameters,
                Nonlinearity nonlinearity) {
  return composed("rnn_cell", [&] {
    check_weights(1, parameters);
    check_state(x, h, parameters.weight_hh.size(-1));
    const Tensor a = linear(x, parameters.weight_ih, parameters.bias_ih) +
                     linear(h, parameters.weight_hh, parameters.bias_hh);
    return nonlinearity == Nonlinearity::tanh ? tanh(a) : relu(a);
  });
}

CellKind rnn_kind(Nonlinearity nonlinearity) {
  return nonlinearity == Nonlinearity::tanh ? CellKind::rnn_tanh : CellKind::rnn_relu;
}

RecurrentState recurrent_cell(CellKind kind, const Tensor& x, const RecurrentState& state,
                              const RecurrentParameters& parameters) {
  switch (kind) {
    case CellKind::lstm: return lstm_cell(x, state, parameters);
    case CellKind::gru: return {gru_cell(x, state.h, parameters), {}};
    case CellKind::rnn_tanh: return {rnn_cell(x, state.h, parameters, Nonlinearity::tanh), {}};
    case CellKind::rnn_relu: return {rnn_cell(x, state.h, parameters, Nonlinearity::relu), {}};
  }
  return {};
}

void check_lengths(const char* op, const Lengths& lengths, Index steps, Index batch) {
  if (lengths.empty()) return;
  if (static_cast<Index>(lengths.size()) != batch)
    throw Error(fmt::format("{}: needs a length for each of {} sequences, got {}", op, batch,
                            lengths.size()));
  for (const Index length : lengths)
    if (length < 1 || length > steps)
      throw Error(fmt::format("{}: needs lengths from 1 to {}, got {}", op, steps, length));
}

SequenceOf<std::vector<Tensor>> recurrent_sequence(const RecurrentStep& step, const Tensor& x,
                                                   const std::vector<Tensor>& initial,
                                                   Direction direction, const Lengths& lengths) {
  check_defined("recurrent_sequence", x);
  if (x.rank() != 3 || x.size(0) == 0)
    throw Error(fmt::format("recurrent_sequence: needs (T, B, I) with at least one step, got {}",
                            to_string(x.shape())));
  const Index steps = x.size(0), batch = x.size(1);
  check_lengths("recurrent_sequence", lengths, steps, batch);
  const Index shortest =
      lengths.empty() ? steps : *std::min_element(lengths.begin(), lengths.end());
  std::vector<Tensor> state = initial, outputs(static_cast<std::size_t>(steps));
  for (Index i = 0; i < steps; ++i) {
    const Index t = direction == Direction::forward ? i : steps - 1 - i;
    const bool is_ragged = t >= shortest;  // some rows have no such step
    const Array has_step = is_ragged ? rows_with_step(t, lengths) : Array();
    Tensor x_t = select(x, 0, t);
    // Padding may hold anything. What is not a number there would reach the gradients of the
    // weights, since 0 times that is not 0.
    if (is_ragged) x_t = where_rows(has_step, x_t);
    std::vector<Tensor> next = composed("recurrent_sequence", [&] { return step(x_t, state); });
    if (next.empty() || next.size() != state.size())
      throw Error(
          fmt::format("recurrent_sequence: needs a step that returns {} tensors, as many as "
                      "the state has, got {}",
                      state.size(), next.size()));
    outputs[static_cast<std::size_t>(t)] =
        is_ragged ? where_rows(has_step, next.front()) : next.front();
    if (is_ragged)  // rows without the step keep their state
      for (std::size_t k = 0; k < next.size(); ++k)
        next[k] = where_rows(has_step, next[k], state[k]);
    state = std::move(next);
  }
  return {stack(outputs, 0), state};
}

RecurrentSequence recurrent_sequence(CellKind kind, const Tensor& x, const RecurrentState& initial,
                                     const RecurrentParameters& parameters, Direction direction,
                                     const Lengths& lengths) {
  const auto step = [&](const Tensor& x_t, const RecurrentState& state) {
    return recurrent_cell(kind, x_t, state, parameters);
  };
  const RecurrentState known{initial.h, traits(kind).has_cell_state ? initial.c : Tensor()};
  return recurrent_sequence(step, x, known, direction, lengths);
}

}  // namespace scanline
