#pragma once

#include "scanline/framework/nn/sequential.hpp"
#include "scanline/models/table.hpp"

namespace scanline::models {

/// Dense layers with rectifiers over all pixels of an image: what a recurrent network has to beat.
class Mlp : public nn::Layer {
 public:
  /// `options.layers` hidden layers of `options.hidden_size` units.
  explicit Mlp(const Options& options);
  /// images (B, rows, columns) -> logits (B, classes). @throws Error for images of another size.
  Tensor forward(const Tensor& images) override;

 private:
  nn::Sequential& layers_;
};

}  // namespace scanline::models
