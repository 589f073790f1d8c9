#pragma once

#include "scanline/framework/nn/module.hpp"

namespace scanline::nn {

/// Drops elements with the given probability while training; in evaluation the result is the input.
class Dropout : public Layer {
 public:
  /// @throws Error unless 0 <= probability < 1.
  explicit Dropout(double probability);
  Tensor forward(const Tensor& x) override;

 private:
  double probability_;
};

}  // namespace scanline::nn
