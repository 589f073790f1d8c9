#pragma once

#include "scanline/framework/ops/recurrent.hpp"

namespace scanline::nn {

/// The options of `LSTM`, `GRU`, `RNN` and their cells. Names, order and defaults are PyTorch's. An
/// option that a module does not have is refused by name when it is set: `proj_size` belongs to
/// `LSTM`, `nonlinearity` to `RNN` and `RNNCell`, and a cell has only `input_size`, `hidden_size`
/// and `bias` besides.
struct RecurrentOptions {
  /// Features of the input at each time step, I.
  Index input_size;
  /// Units of the hidden state, H.
  Index hidden_size;
  /// Layers. Each layer reads the outputs of the one below, of both its directions.
  Index num_layers = 1;
  /// The function that each unit of an RNN applies to its sum.
  Nonlinearity nonlinearity = Nonlinearity::tanh;
  /// Whether there are bias_ih and bias_hh.
  bool bias = true;
  /// Whether x and output are (B, T, ...) instead of (T, B, ...). It does not concern states.
  bool batch_first = false;
  /// The probability of dropping an output between two layers while training. A single layer drops
  /// nothing.
  double dropout = 0;
  /// Whether each layer also reads the sequence from its end.
  bool bidirectional = false;
  /// Size P of an LSTM's hidden state after a projection with weight_hr; 0: no projection.
  Index proj_size = 0;

  /// The size of the hidden state: P with a projection, else H.
  Index output_size() const { return proj_size > 0 ? proj_size : hidden_size; }
};

}  // namespace scanline::nn
