#pragma once

#include "scanline/framework/nn/module.hpp"

namespace scanline::nn {

/// Standardises each vector along the last axis, then scales and shifts it by trained weight and
/// bias, both (features,) (Ba et al. 2016, arXiv 1607.06450): (..., features) -> (..., features).
class LayerNorm : public Layer {
 public:
  /// `epsilon` is added to the variance.
  explicit LayerNorm(Index features, double epsilon = 1e-5);
  /// @throws Error when the last axis of x is not `features`.
  Tensor forward(const Tensor& x) override;

  const Tensor weight;  // (features,)
  const Tensor bias;    // (features,)

 private:
  double epsilon_;
};

}  // namespace scanline::nn
