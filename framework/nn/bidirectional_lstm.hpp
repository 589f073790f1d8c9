#pragma once

#include <vector>

#include "scanline/framework/nn/cells.hpp"
#include "scanline/framework/nn/lstm.hpp"

namespace scanline::nn {

/// A bidirectional LSTM made of nothing but `LSTMCell`s, one for each layer and direction: what to
/// read before `LSTM`, and what its results are held against. Takes and returns just what an `LSTM`
/// with `bidirectional` does. Its cells are children named l0, l0_reverse, l1, ..., so that the
/// parameter weight_ih_l0_reverse of an `LSTM` is l0_reverse.weight_ih here.
class BidirectionalLSTM : public Module {
 public:
  /// `bidirectional` is taken for granted. @throws Error as `LSTM` does, and for a projection,
  /// which cells do not have.
  explicit BidirectionalLSTM(const LSTM::Options& options);

  /// @throws Error when the shapes do not fit.
  LSTM::Output operator()(const Tensor& x, const RecurrentState& initial = {},
                          const Lengths& lengths = {});

 private:
  void check_inputs(const Tensor& x, const RecurrentState& initial) const;
  /// One layer, one direction. x is (T, B, features), the state (B, H).
  RecurrentSequence read(LSTMCell& cell, const Tensor& x, RecurrentState state, bool in_reverse,
                         const Lengths& lengths) const;

  LSTM::Options options_;
  std::vector<LSTMCell*> cells_;  // layer 0 forward, layer 0 reverse, layer 1 forward, ...
};

}  // namespace scanline::nn
