#pragma once

#include "scanline/framework/nn/recurrent.hpp"

namespace scanline::nn {

/// Layers of simple recurrent cells; `rnn_cell` in ops/recurrent.hpp has the equation, `Recurrent`
/// the shapes.
class RNN : public Recurrent {
 public:
  /// How it is made; the defaults are PyTorch's.
  struct Options {
    /// Features of the input at each time step, I.
    Index input_size;
    /// Units of the hidden state, H.
    Index hidden_size;
    /// Layers, each of which reads the outputs of the one below, of both its directions.
    Index num_layers = 1;
    /// What each unit puts its sum through.
    Nonlinearity nonlinearity = Nonlinearity::tanh;
    /// Whether there are bias_ih and bias_hh.
    bool bias = true;
    /// Whether x and output are (B, T, ...) in the place of (T, B, ...). States are not concerned.
    bool batch_first = false;
    /// The probability of dropping an output between layers while training. A single layer has no
    /// layer above it, so that nothing is dropped.
    double dropout = 0;
    /// Whether each layer also reads the sequence from its end.
    bool bidirectional = false;
  };

  /// What it makes of a sequence; `Recurrent` has the shapes.
  struct Output {
    Tensor output,  // hidden states of the last layer
        h_n;        // final ones of all layers
  };

  /// @throws Error for sizes below 1 or a dropout outside [0, 1).
  explicit RNN(const Options& options);

  /// @throws Error when the shapes do not fit.
  Output operator()(const Tensor& x, const Tensor& initial = {}, const Lengths& lengths = {});
};

}  // namespace scanline::nn
