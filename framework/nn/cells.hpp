#pragma once

#include "scanline/framework/nn/module.hpp"
#include "scanline/framework/ops/recurrent.hpp"

namespace scanline::nn {

/// The parameters of a single recurrent cell, and how it is called: x (B, I) with states (B, H), or
/// x (I,) with states (H,). Parameters have PyTorch's names, weight_ih, weight_hh, bias_ih and
/// bias_hh, and start uniform in +-1/sqrt(H).
class RecurrentCell : public Module {
 protected:
  /// `name` is what errors begin with.
  RecurrentCell(const char* name, CellKind kind, Index input_size, Index hidden_size, bool bias);
  /// One step; states that are not given are zero. @throws Error when the shapes do not fit.
  RecurrentState step(const Tensor& x, const RecurrentState& state) const;

 private:
  const char* name_;
  CellKind kind_;
  RecurrentParameters parameters_;
};

/// How an LSTM or GRU cell is made.
struct CellOptions {
  /// Features of the input, I.
  Index input_size;
  /// Units of the hidden state, H.
  Index hidden_size;
  /// Whether there are bias_ih and bias_hh.
  bool bias = true;
};

/// One time step of an LSTM; `lstm_cell` in ops/recurrent.hpp has the equations.
class LSTMCell : public RecurrentCell {
 public:
  /// Sizes, and whether there are biases.
  using Options = CellOptions;

  /// @throws Error for sizes below 1.
  explicit LSTMCell(const Options& options);
  /// States that are not given are zero. @throws Error when the shapes do not fit.
  RecurrentState operator()(const Tensor& x, const RecurrentState& state = {});
};

/// One time step of a gated recurrent unit; `gru_cell` in ops/recurrent.hpp has the equations.
class GRUCell : public RecurrentCell {
 public:
  /// Sizes, and whether there are biases.
  using Options = CellOptions;

  /// @throws Error for sizes below 1.
  explicit GRUCell(const Options& options);
  /// A state that is not given is zero. @throws Error when the shapes do not fit.
  Tensor operator()(const Tensor& x, const Tensor& h = {});
};

/// One time step of a simple recurrent network; `rnn_cell` in ops/recurrent.hpp has the equation.
class RNNCell : public RecurrentCell {
 public:
  /// How it is made.
  struct Options {
    /// Features of the input, I.
    Index input_size;
    /// Units of the hidden state, H.
    Index hidden_size;
    /// Whether there are bias_ih and bias_hh.
    bool bias = true;
    /// What each unit puts its sum through.
    Nonlinearity nonlinearity = Nonlinearity::tanh;
  };

  /// @throws Error for sizes below 1.
  explicit RNNCell(const Options& options);
  /// A state that is not given is zero. @throws Error when the shapes do not fit.
  Tensor operator()(const Tensor& x, const Tensor& h = {});
};

}  // namespace scanline::nn
