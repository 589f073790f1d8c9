#pragma once

#include "scanline/framework/nn/dropout.hpp"
#include "scanline/framework/nn/linear.hpp"
#include "scanline/framework/nn/sequential.hpp"
#include "scanline/models/options.hpp"

namespace scanline::models {

/// A convolutional network, as a yardstick for the recurrent ones. Each level has two convolutions
/// with windows of 3 x 3, each followed by batch normalization and relu, and ends with max pooling
/// over 2 x 2 positions. A linear head reads all outputs of the last level.
class Cnn : public nn::Layer {
 public:
  /// The options.
  using Options = LayerOptions;
  /// `options.layers` levels. The first one has `options.hidden_size` channels, each level above
  /// twice as many as the one below.
  Cnn(const ImageTask& task, const Options& options);
  /// images (B, rows, columns) -> logits (B, classes). @throws Error for images of another size.
  Tensor forward(const Tensor& images) override;

 private:
  nn::Sequential& features_;
  nn::Dropout& dropout_;
  nn::Linear* fc_;
};

}  // namespace scanline::models
