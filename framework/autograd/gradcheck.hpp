#pragma once

#include <functional>
#include <string>
#include <vector>

#include "scanline/framework/autograd/tensor.hpp"

namespace scanline {

/// The result of `gradcheck`.
struct GradcheckResult {
  /// The largest |analytic - numeric| / max(1, |numeric|) over all elements of all leaves.
  double worst_error = 0;
  /// Empty if all gradients agree. Otherwise it names an element of a leaf, its gradient and the
  /// difference quotient.
  std::string failure;
  /// Whether all gradients agree within the tolerance.
  bool passed() const { return failure.empty(); }
};

/// Compares the gradients that `backward` computes with central differences, in float64. `forward`
/// computes a tensor of any shape from the leaves, and must compute the same each time it is
/// called. The check is of the gradient of a fixed, irregular weighting of its elements. It works
/// for an op and for a module (pass its parameters, after `to(DType::float64)`, among the leaves).
/// The step is 1e-5, so away from kinks the error of the differences themselves is of the order of
/// 1e-10.
/// @throws Error when a leaf is not float64 or requires no gradient.
GradcheckResult gradcheck(const std::function<Tensor()>& forward, const std::vector<Tensor>& leaves,
                          double tolerance = 1e-7);

}  // namespace scanline
