#pragma once

#include "framework/nn/dropout.hpp"
#include "framework/nn/linear.hpp"
#include "framework/nn/lstm.hpp"
#include "models/table.hpp"

namespace scanline::models {

/// An LSTM that reads an image one row per time step, and a linear head over the last layer's final
/// hidden states. Of a bidirectional one these are h_n[-2] and h_n[-1]: at the last time step, the
/// *output* of the reverse direction has seen a single row only.
///
/// Its parameters have the names that PyTorch code gives to `self.lstm` and `self.fc`.
class LstmClassifier : public nn::Layer {
 public:
  LstmClassifier(const Options& options, bool bidirectional);
  /// images (B, rows, columns) -> logits (B, classes). @throws Error for images of another size.
  Tensor forward(const Tensor& images) override;

 private:
  nn::LSTM& lstm_;
  nn::Dropout& dropout_;
  nn::Linear& fc_;
};

}  // namespace scanline::models
