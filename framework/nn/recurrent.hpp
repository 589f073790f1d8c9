#pragma once

#include <vector>

#include "scanline/framework/nn/module.hpp"
#include "scanline/framework/nn/recurrent_options.hpp"
#include "scanline/framework/ops/recurrent.hpp"

namespace scanline::nn {

/// The common part of `RNN`, `GRU` and `LSTM`: layers of recurrent cells over whole sequences,
/// which read forward or in both directions. All three follow PyTorch's modules of these names, in
/// arguments, shapes, names and numbers.
///
/// Shapes, where T counts time steps, B sequences, I features, H hidden units, L layers, D
/// directions (1 or 2), and P is the size of the hidden state (H, unless an LSTM projects it):
///
///     x          (T, B, I), or (B, T, I) with batch_first, or (T, I) for a single sequence
///     output     (T, B, D P), or (B, T, D P), or (T, D P)
///     h_n        (L D, B, P), or (L D, P) for a single sequence
///     c_n        (L D, B, H), or (L D, H) for a single sequence; LSTM only
///
/// The output is the hidden states of the last layer, the forward direction's first. h_n and c_n
/// are the final hidden and cell states of layer 0 forward, layer 0 reverse, layer 1 forward ...;
/// the reverse direction's are those after reading step 0.
///
/// Initial states have the shapes of the final ones. A state that is not given is zero. With
/// `Lengths`, the steps after a sequence's own last one are padding: they are not read, their
/// outputs are 0, and no gradient reaches them, as with PyTorch's `pack_padded_sequence`. The
/// lengths may be in any order.
///
/// Parameters of layer k: weight_ih_lk, weight_hh_lk, bias_ih_lk, bias_hh_lk, and weight_hr_lk of
/// an LSTM that projects; the reverse direction's end with _reverse. All start uniform in
/// +-1/sqrt(H).
class Recurrent : public Module {
 public:
  /// The options.
  using Options = RecurrentOptions;

  /// The number of input features, I in the shapes.
  Index input_size() const { return options_.input_size; }
  /// The number of hidden units, H in the shapes.
  Index hidden_size() const { return options_.hidden_size; }
  /// The number of layers, L in the shapes.
  Index num_layers() const { return options_.num_layers; }
  /// The number of directions, D in the shapes: 2 for a bidirectional module, else 1.
  Index directions() const { return options_.bidirectional ? 2 : 1; }

  /// Only the final states, h_n and, of an LSTM, c_n. They take less time than with outputs.
  /// @throws Error when the shapes do not fit.
  RecurrentState final_states(const Tensor& x, const RecurrentState& initial = {},
                              const Lengths& lengths = {}) {
    return run(x, initial, lengths, /*with_output=*/false).final;
  }

 protected:
  /// `name` is what errors begin with.
  /// @throws Error for sizes below 1, a dropout outside [0, 1), a projection that does not shrink,
  /// and options that this kind does not have.
  Recurrent(const char* name, CellKind kind, const Options& options);
  /// Runs all layers in their present mode. The output is undefined unless `with_output` is true.
  /// @throws Error when the shapes do not fit.
  RecurrentSequence run(const Tensor& x, const RecurrentState& initial, const Lengths& lengths,
                        bool with_output = true);

 private:
  /// The same as `run`; its errors do not name the module.
  RecurrentSequence run_sequence(const Tensor& x, const RecurrentState& initial,
                                 const Lengths& lengths, bool with_output);
  /// All layers over x (T, B, I), from whole initial states.
  RecurrentSequence run_layers(const Tensor& x, const RecurrentState& initial,
                               const Lengths& lengths, bool with_output);
  /// `given`, if it is defined, as (L D, B, size). `which` names it in errors.
  Tensor initial_state(const char* which, const Tensor& given, const Tensor& x, Index batch,
                       Index size, bool is_single) const;

  const char* name_;
  CellKind kind_;
  Options options_;
  std::vector<RecurrentParameters> parameters_;  // of layer l and direction d at l D + d
};

}  // namespace scanline::nn
