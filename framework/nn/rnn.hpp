#pragma once

#include "scanline/framework/nn/recurrent.hpp"

namespace scanline::nn {

/// Layers of simple recurrent cells; `rnn_cell` in ops/recurrent.hpp has the equation, `Recurrent`
/// the shapes.
class RNN : public Recurrent {
 public:
  /// The result for a sequence. `Recurrent` lists the shapes.
  struct Output {
    Tensor output,  // hidden states of the last layer
        h_n;        // final hidden states of all layers
  };

  /// @throws Error for sizes below 1, a dropout outside [0, 1) or a projection.
  explicit RNN(const Options& options)
      : Recurrent("rnn", rnn_kind(options.nonlinearity), options) {}

  /// Reads a sequence. @throws Error when the shapes do not fit.
  Output operator()(const Tensor& x, const Tensor& initial = {}, const Lengths& lengths = {}) {
    const RecurrentSequence result = run(x, {initial, {}}, lengths);
    return {result.output, result.final.h};
  }
};

}  // namespace scanline::nn
