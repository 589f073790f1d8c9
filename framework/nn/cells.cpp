#include "scanline/framework/nn/cells.hpp"

#include <fmt/format.h>

#include <utility>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/nn/detail/recurrent_parameters.hpp"
#include "scanline/framework/ops/movement.hpp"

namespace scanline::nn {

RecurrentCell::RecurrentCell(const char* name, CellKind kind, const Options& options)
    : name_(name), kind_(kind) {
  check_applicable(name, kind, options, /*is_cell=*/true);
  if (options.input_size < 1 || options.hidden_size < 1)
    throw Error(
        fmt::format("{}: needs an input size and a hidden size of at least 1, got {} and {}", name,
                    options.input_size, options.hidden_size));
  parameters_ = make_parameters(
      kind, options, options.input_size,
      [this](const char* tensor, Array initial) { return parameter(tensor, std::move(initial)); });
}

RecurrentState RecurrentCell::compute(const Tensor& x, const RecurrentState& state) const {
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
                              traits(kind_).has_cell_state ? prepared(state.c) : Tensor()};
  const RecurrentState after =
      recurrent_cell(kind_, is_single ? reshape(x, {1, -1}) : x, before, parameters_);
  if (!is_single) return after;
  return {reshape(after.h, {-1}), after.c.defined() ? reshape(after.c, {-1}) : Tensor()};
}

RecurrentState RecurrentCell::step(const Tensor& x, const RecurrentState& state) const {
  return named_call([&] { return compute(x, state); });
}

LSTMCell::LSTMCell(const Options& options) : RecurrentCell("lstm_cell", CellKind::lstm, options) {}

RecurrentState LSTMCell::operator()(const Tensor& x, const RecurrentState& state) {
  return step(x, state);
}

GRUCell::GRUCell(const Options& options) : RecurrentCell("gru_cell", CellKind::gru, options) {}

Tensor GRUCell::operator()(const Tensor& x, const Tensor& h) { return step(x, {h, {}}).h; }

RNNCell::RNNCell(const Options& options)
    : RecurrentCell("rnn_cell", rnn_kind(options.nonlinearity), options) {}

Tensor RNNCell::operator()(const Tensor& x, const Tensor& h) { return step(x, {h, {}}).h; }

}  // namespace scanline::nn
