#pragma once

#include <string>
#include <vector>

#include "framework/nn/module.hpp"
#include "framework/ops/recurrent.hpp"

namespace scanline::nn {

/// One time step of an LSTM, (B, I) -> (B, H); `lstm_cell` in ops/recurrent.hpp has the equations.
/// All parameters start uniform in +-1/sqrt(H), as PyTorch's do.
class LSTMCell : public Module {
 public:
  LSTMCell(Index input_size, Index hidden_size);
  /// @throws Error when the shapes do not fit.
  LstmState operator()(const Tensor& x, const LstmState& state);

  LstmParameters parameters;
};

/// Layers of LSTMs over whole sequences, each read forward or, if `bidirectional`, both ways.
/// Parameters have PyTorch's names and shapes: weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0,
/// with _l1, _l2, ... for further layers and the suffix _reverse for the second direction.
class LSTM : public Module {
 public:
  struct Options {
    /// Features of the input at each time step, I.
    Index input_size;
    /// Units of the hidden state, H.
    Index hidden_size;
    /// Layers, each of which reads the outputs of the one below, of both its directions.
    Index num_layers = 1;
    /// The probability of dropping an output between layers while training.
    double dropout = 0;
    /// Whether each layer also reads the sequence from its end.
    bool bidirectional = false;
  };

  struct Output {
    Tensor output;  // the last layer's hidden states, (T, B, D H): forward, then reverse
    LstmState
        final;  // h_n and c_n, (layers D, B, H): layer 0 forward, layer 0 reverse, layer 1 ...
  };

  /// @throws Error for sizes below 1 or a dropout outside [0, 1).
  explicit LSTM(const Options& options);

  /// Reads x (T, B, I) from zero states. @throws Error when the shapes do not fit.
  Output operator()(const Tensor& x);
  /// Reads x from given states, both (layers D, B, H). @throws Error when the shapes do not fit.
  Output operator()(const Tensor& x, const LstmState& initial);

  const Options& options() const { return options_; }

 private:
  /// 1, or 2 if bidirectional: D in the shapes.
  Index directions() const { return options_.bidirectional ? 2 : 1; }

  Options options_;
  std::vector<LstmParameters> parameters_;  // of layer l and direction d at l * D + d
};

}  // namespace scanline::nn
