#pragma once

#include "scanline/framework/nn/sequential.hpp"
#include "scanline/models/options.hpp"

namespace scanline::models {

/// Fully connected layers with relu over all pixels of an image, as a baseline.
class Mlp : public nn::Layer {
 public:
  /// The options.
  using Options = LayerOptions;
  /// `options.layers` hidden layers of `options.hidden_size` units.
  Mlp(const ImageTask& task, const Options& options);
  /// images (B, rows, columns) -> logits (B, classes). @throws Error for images of another size.
  Tensor forward(const Tensor& images) override;

 private:
  nn::Sequential& layers_;
};

}  // namespace scanline::models
