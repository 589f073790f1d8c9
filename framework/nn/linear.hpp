#pragma once

#include "scanline/framework/nn/module.hpp"

namespace scanline::nn {

/// y = x W^T + b: (..., in) -> (..., out), with weight (out, in) and bias (out,). Both start
/// uniform in +-1/sqrt(in), as PyTorch's do; without inputs the bias starts as zeros.
class Linear : public Layer {
 public:
  /// Without `bias`, y = x W^T.
  Linear(Index in_features, Index out_features, bool bias = true);
  /// @throws Error when the last axis of x is not `in_features`.
  Tensor forward(const Tensor& x) override;

  const Tensor weight;  // (out, in)
  const Tensor bias;    // (out,), undefined if there is none
};

}  // namespace scanline::nn
