#pragma once

#include <vector>

#include "scanline/framework/nn/layer_norm.hpp"
#include "scanline/framework/nn/lstm.hpp"
#include "scanline/framework/nn/module.hpp"

namespace scanline::nn {

/// Layers of LSTM cells with layer normalization (Ba et al. 2016, arXiv 1607.06450):
///
///     a = LN_ih(W_ih x) + LN_hh(W_hh h)       pre-activations of the four gates, (B, 4H)
///     i = sigmoid(a_i)  f = sigmoid(a_f)  g = tanh(a_g)  o = sigmoid(a_o)
///     c' = f * c + i * g
///     h' = o * tanh(LN_c(c'))
///
/// The biases of the gates are those of the normalizations. Shapes, states and lengths are those of
/// `LSTM`. Layer k has the parameters weight_ih_lk (4H, I) and weight_hh_lk (4H, H), which start
/// uniform in +-1/sqrt(H), and the LayerNorms norm_ih_lk, norm_hh_lk and norm_c_lk; the reverse
/// direction's end with _reverse. The layer is composed of ops, and slower than `LSTM`.
class LayerNormLSTM : public Module {
 public:
  /// The options; there is no `bias`, `nonlinearity` or `proj_size`.
  using Options = RecurrentOptions;
  /// The result for a sequence.
  using Output = LSTM::Output;

  /// @throws Error for sizes below 1, a dropout outside [0, 1), and options that it does not have.
  explicit LayerNormLSTM(const Options& options);
  /// Reads a sequence. @throws Error when the shapes do not fit.
  Output operator()(const Tensor& x, const RecurrentState& initial = {},
                    const Lengths& lengths = {});

 private:
  /// One direction of a layer.
  struct Cell {
    Tensor weight_ih, weight_hh;
    LayerNorm &norm_ih, &norm_hh, &norm_c;
  };

  Index directions() const { return options_.bidirectional ? 2 : 1; }
  void check(const Tensor& x, const RecurrentState& initial, const Lengths& lengths) const;
  Output run(const Tensor& x, const RecurrentState& initial, const Lengths& lengths);
  RecurrentSequence read(const Cell& cell, const Tensor& x, const RecurrentState& initial,
                         Direction direction, const Lengths& lengths) const;

  Options options_;
  std::vector<Cell> cells_;  // of layer l and direction d at l D + d
};

}  // namespace scanline::nn
