#pragma once

#include "scanline/framework/autograd/tensor.hpp"

namespace scanline {

/// Which operands of a product are transposed, with their last two axes swapped. Transposed
/// operands are not copied.
struct Transposed {
  bool a = false,  // the first
      b = false;   // the second
};

/// The matrix product over the last two axes: (M, K) x (K, N) -> (M, N). Leading axes are a batch
/// and must be equal, or one operand has no leading axes and is used for the whole batch:
/// (..., M, K) x (..., K, N) or (..., M, K) x (K, N) -> (..., M, N).
/// @throws Error that names both shapes when they do not fit, or both element types.
Tensor matmul(const Tensor& a, const Tensor& b, Transposed transposed = {});

/// x W^T + bias, the affine map of a layer: x (..., I), weight (O, I), bias (O,) or undefined for
/// none -> (..., O).
/// @throws Error when the shapes do not fit.
Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias);

}  // namespace scanline
