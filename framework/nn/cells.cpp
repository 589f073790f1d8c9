#include "scanline/framework/nn/cells.hpp"

#include <fmt/format.h>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/nn/recurrent.hpp"
#include "scanline/framework/ops/movement.hpp"

namespace scanline::nn {

RecurrentCell::RecurrentCell(const char* name, CellKind kind, Index input_size, Index hidden_size,
                             bool bias)
    : name_(name), kind_(kind) {
  if (input_size < 1 || hidden_size < 1)
    throw Error(
        fmt::format("{}: needs an input size and a hidden size of at least 1, got {} and {}", name,
                    input_size, hidden_size));
  const Index rows = traits(kind).gates * hidden_size;
  const auto own = [&](const char* tensor, const Shape& shape) {
    return parameter(tensor, initial_recurrent(shape, hidden_size));
  };
  parameters_.weight_ih = own("weight_ih", {rows, input_size});
  parameters_.weight_hh = own("weight_hh", {rows, hidden_size});
  if (bias) {
    parameters_.bias_ih = own("bias_ih", {rows});
    parameters_.bias_hh = own("bias_hh", {rows});
  }
}

RecurrentState RecurrentCell::step(const Tensor& x, const RecurrentState& state) const {
  const Index inputs = parameters_.weight_ih.size(1), hidden = parameters_.weight_hh.size(1);
  check_defined(name_, x);
  const bool is_single = x.rank() == 1;
  if ((x.rank() != 2 && !is_single) || x.size(-1) != inputs)
    throw Error(fmt::format("{}: needs (B, {}) or ({}), got {}", name_, inputs, inputs,
                            to_string(x.shape())));
  check_same_dtype(name_, x.dtype(), parameters_.weight_ih.dtype());
  const Index batch = is_single ? 1 : x.size(0);
  const auto prepared = [&](const Tensor& given) {
    if (!given.defined()) return Tensor(Array::zeros({batch, hidden}, x.dtype()));
    if (given.rank() != x.rank())
      throw Error(fmt::format("{}: x {} and a state {}: both or none must have a batch", name_,
                              to_string(x.shape()), to_string(given.shape())));
    check_same_dtype(name_, x.dtype(), given.dtype());
    return is_single ? reshape(given, {1, -1}) : given;
  };
  const RecurrentState before{prepared(state.h),
                              kind_ == CellKind::lstm ? prepared(state.c) : Tensor()};
  const RecurrentState after =
      recurrent_cell(kind_, is_single ? reshape(x, {1, -1}) : x, before, parameters_);
  if (!is_single) return after;
  return {reshape(after.h, {-1}), after.c.defined() ? reshape(after.c, {-1}) : Tensor()};
}

LSTMCell::LSTMCell(const Options& options)
    : RecurrentCell("lstm_cell", CellKind::lstm, options.input_size, options.hidden_size,
                    options.bias) {}

RecurrentState LSTMCell::operator()(const Tensor& x, const RecurrentState& state) {
  return step(x, state);
}

GRUCell::GRUCell(const Options& options)
    : RecurrentCell("gru_cell", CellKind::gru, options.input_size, options.hidden_size,
                    options.bias) {}

Tensor GRUCell::operator()(const Tensor& x, const Tensor& h) { return step(x, {h, {}}).h; }

RNNCell::RNNCell(const Options& options)
    : RecurrentCell(
          "rnn_cell",
          options.nonlinearity == Nonlinearity::tanh ? CellKind::rnn_tanh : CellKind::rnn_relu,
          options.input_size, options.hidden_size, options.bias) {}

Tensor RNNCell::operator()(const Tensor& x, const Tensor& h) { return step(x, {h, {}}).h; }

}  // namespace scanline::nn
