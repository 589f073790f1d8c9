#pragma once

#include <functional>

#include "scanline/framework/autograd/tensor.hpp"

namespace scanline {

/// Backpropagates from `root`, where `grad` is d(loss)/d(root): adds the product of `grad` and the
/// Jacobian of `root` to the gradient of every leaf, and frees the graph. `Tensor::backward()`
/// calls this with a gradient of one.
/// @throws Error as `Tensor::backward()` does, and when `grad` has another shape than `root`.
void backward(const Tensor& root, const Array& grad);
/// The same, and calls `is_complete` with the node of each leaf when its gradient is complete: no
/// op is left in the pass that adds to it. The gradients of different leaves are complete at
/// different times, so something can be done with some of them while the pass still runs.
void backward(const Tensor& root, const Array& grad,
              const std::function<void(const Node& leaf)>& is_complete);

}  // namespace scanline
