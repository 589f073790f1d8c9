#pragma once

#include "scanline/framework/nn/module.hpp"
#include "scanline/framework/nn/recurrent_options.hpp"
#include "scanline/framework/ops/recurrent.hpp"

namespace scanline::nn {

/// The parameters of a single recurrent cell, and how it is called: x (B, I) with states (B, H), or
/// x (I,) with states (H,). Parameters have PyTorch's names, weight_ih, weight_hh, bias_ih and
/// bias_hh, and start uniform in +-1/sqrt(H).
class RecurrentCell : public Module {
 public:
  /// The options: `input_size`, `hidden_size`, `bias`, and of an RNNCell `nonlinearity`.
  using Options = RecurrentOptions;

 protected:
  /// `name` is what errors begin with. @throws Error for sizes below 1, and for options that the
  /// cell does not have.
  RecurrentCell(const char* name, CellKind kind, const Options& options);
  /// One step; states that are not given are zero. @throws Error when the shapes do not fit.
  RecurrentState step(const Tensor& x, const RecurrentState& state) const;

 private:
  /// The same as `step`; its errors do not name the module.
  RecurrentState compute(const Tensor& x, const RecurrentState& state) const;

  const char* name_;
  CellKind kind_;
  RecurrentParameters parameters_;
};

/// One time step of an LSTM; `lstm_cell` in ops/recurrent.hpp has the equations.
class LSTMCell : public RecurrentCell {
 public:
  /// @throws Error for sizes below 1, and for options that it does not have.
  explicit LSTMCell(const Options& options);
  /// States that are not given are zero. @throws Error when the shapes do not fit.
  RecurrentState operator()(const Tensor& x, const RecurrentState& state = {});
};

/// One time step of a gated recurrent unit; `gru_cell` in ops/recurrent.hpp has the equations.
class GRUCell : public RecurrentCell {
 public:
  /// @throws Error for sizes below 1, and for options that it does not have.
  explicit GRUCell(const Options& options);
  /// A state that is not given is zero. @throws Error when the shapes do not fit.
  Tensor operator()(const Tensor& x, const Tensor& h = {});
};

/// One time step of a simple recurrent network; `rnn_cell` in ops/recurrent.hpp has the equation.
class RNNCell : public RecurrentCell {
 public:
  /// @throws Error for sizes below 1, and for options that it does not have.
  explicit RNNCell(const Options& options);
  /// A state that is not given is zero. @throws Error when the shapes do not fit.
  Tensor operator()(const Tensor& x, const Tensor& h = {});
};

}  // namespace scanline::nn
