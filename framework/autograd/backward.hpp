#pragma once

#include "scanline/framework/autograd/tensor.hpp"

namespace scanline {

/// Backpropagates from `root`, where `grad` is d(loss)/d(root): adds the product of `grad` and the
/// Jacobian of `root` to the gradient of every leaf, and frees the graph. `Tensor::backward()`
/// calls this with a gradient of one.
/// @throws Error as `Tensor::backward()` does, and when `grad` has another shape than `root`.
void backward(const Tensor& root, const Array& grad);

}  // namespace scanline
