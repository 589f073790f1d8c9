#pragma once

#include "framework/autograd/tensor.hpp"

namespace scanline {

/// What an LSTM carries from one time step to the next.
struct LstmState {
  Tensor h;  // hidden state, (B, H)
  Tensor c;  // cell state, (B, H)
};

/// The parameters of one LSTM cell: PyTorch's names and shapes, the gates in the order i, f, g, o.
struct LstmParameters {
  Tensor weight_ih;  // (4H, I)
  Tensor weight_hh;  // (4H, H)
  Tensor bias_ih;    // (4H,)
  Tensor bias_hh;    // (4H,)
};

/// One time step of an LSTM (Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al.
/// 2000), composed of ops; autograd derives backpropagation through time from it. x is (B, I).
///
///     a = W_ih x + b_ih + W_hh h + b_hh       pre-activations of the four gates, (B, 4H)
///     i = sigmoid(a_i)  f = sigmoid(a_f)  g = tanh(a_g)  o = sigmoid(a_o)
///     c' = f * c + i * g
///     h' = o * tanh(c')
///
/// docs/lstm_bptt.md derives the gradients by hand, in these names.
/// @throws Error when the shapes do not fit.
LstmState lstm_cell(const Tensor& x, const LstmState& state, const LstmParameters& parameters);

/// Whether a sequence is read from its first step to the last, or from the last to the first.
enum class Direction { forward, reverse };

/// What an LSTM makes of a sequence.
struct LstmSequence {
  Tensor output;    // the hidden state after each step, (T, B, H)
  LstmState final;  // after the last step that was read
};

/// Runs `lstm_cell` over a sequence x (T, B, I) from `initial` on. In reverse, step T-1 is read
/// first, and the hidden state after reading step t still stands at output[t].
/// @throws Error when the shapes do not fit or the sequence has no steps.
LstmSequence lstm_sequence(const Tensor& x, const LstmState& initial,
                           const LstmParameters& parameters, Direction direction);

}  // namespace scanline
