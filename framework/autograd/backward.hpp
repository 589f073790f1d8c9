#pragma once

#include <functional>

#include "scanline/framework/autograd/tensor.hpp"

namespace scanline {

/// The options of a backward pass.
struct BackwardOptions {
  /// Whether the graph is kept, so that another backward pass can go through it. Otherwise the pass
  /// frees each node that it has visited, and what its op has saved.
  bool retain_graph = false;
  /// Is called with the node of each leaf when its gradient is complete: no op is left in the pass
  /// that adds to it. The gradients of different leaves are complete at different times, so
  /// something can be done with some of them while the pass still runs.
  std::function<void(const Node& leaf)> is_complete = {};
};

/// Backpropagates from `root`, where `grad` is d(loss)/d(root): adds the product of `grad` and the
/// Jacobian of `root` to the gradient of every leaf.
/// @throws Error as `Tensor::backward()` does, and when `grad` has another shape than `root`.
void backward(const Tensor& root, const Array& grad, const BackwardOptions& options = {});

/// Does what `loss.backward()` does, with options: `backward(loss, {.retain_graph = true})`.
/// @throws Error as `Tensor::backward()` does.
void backward(const Tensor& loss, const BackwardOptions& options);

/// Whether the backward pass that is under way on this thread keeps the graph. A backward function
/// that overwrites what its op has saved has to copy it then.
bool is_graph_retained();

}  // namespace scanline
