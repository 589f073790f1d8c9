#pragma once

#include "scanline/framework/nn/recurrent.hpp"

namespace scanline::nn {

/// Layers of LSTM cells; `lstm_cell` in ops/recurrent.hpp has the equations, `Recurrent` the
/// shapes.
///
///     nn::LSTM lstm({.input_size = 28, .hidden_size = 128, .bidirectional = true});
///     const auto [output, h_n, c_n] = lstm(x);
class LSTM : public Recurrent {
 public:
  /// The result for a sequence. `Recurrent` lists the shapes.
  struct Output {
    Tensor output,  // hidden states of the last layer
        h_n,        // final hidden states of all layers
        c_n;        // final cell states of all layers
  };

  /// @throws Error for sizes below 1, a dropout outside [0, 1), a projection that does not shrink,
  /// or a nonlinearity.
  explicit LSTM(const Options& options) : Recurrent("lstm", CellKind::lstm, options) {}

  /// Reads a sequence. @throws Error when the shapes do not fit.
  Output operator()(const Tensor& x, const RecurrentState& initial = {},
                    const Lengths& lengths = {}) {
    const RecurrentSequence result = run(x, initial, lengths);
    return {result.output, result.final.h, result.final.c};
  }
};

}  // namespace scanline::nn
