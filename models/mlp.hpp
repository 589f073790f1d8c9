#pragma once

#include "scanline/framework/nn/sequential.hpp"
#include "scanline/models/options.hpp"

namespace scanline::models {

/// Dense layers with rectifiers over all pixels of an image: what a recurrent network has to beat.
class Mlp : public nn::Layer {
 public:
  /// What a run can choose.
  using Options = LayerOptions;
  /// `options.layers` hidden layers of `options.hidden_size` units.
  Mlp(const ImageTask& task, const Options& options);
  /// images (B, rows, columns) -> logits (B, classes). @throws Error for images of another size.
  Tensor forward(const Tensor& images) override;

 private:
  nn::Sequential& layers_;
};

}  // namespace scanline::models
