#pragma once

#include "scanline/framework/nn/dropout.hpp"
#include "scanline/framework/nn/linear.hpp"
#include "scanline/framework/nn/lstm.hpp"
#include "scanline/models/options.hpp"

namespace scanline::models {

/// Two bidirectional LSTMs, of which one reads the rows of an image and the other its columns. A
/// linear head reads the final hidden states of both, and the maximum of each hidden unit over
/// time.
class RowColumnClassifier : public nn::Layer {
 public:
  /// The options.
  using Options = LayerOptions;
  /// Each LSTM has `options.layers` layers.
  RowColumnClassifier(const ImageTask& task, const Options& options);
  /// images (B, rows, columns) -> logits (B, classes). @throws Error for images of another size.
  Tensor forward(const Tensor& images) override;

 private:
  nn::LSTM& rows_;
  nn::LSTM& columns_;
  nn::Dropout& dropout_;
  nn::Linear& fc_;
};

}  // namespace scanline::models
