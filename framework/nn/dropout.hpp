#pragma once

#include "scanline/framework/nn/module.hpp"

namespace scanline::nn {

/// Drops elements with the given probability while training; in evaluation the result is the input.
class Dropout : public Layer {
 public:
  /// `batch_axis` is the axis of the rows of a batch, as in the op `dropout`.
  /// @throws Error unless 0 <= probability < 1.
  explicit Dropout(double probability, Index batch_axis = 0);
  Tensor forward(const Tensor& x) override;

 private:
  double probability_;
  Index batch_axis_;
};

}  // namespace scanline::nn
