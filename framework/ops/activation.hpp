#pragma once

#include "scanline/framework/autograd/tensor.hpp"

namespace scanline {

/// 1 / (1 + exp(-x)), with a small relative error also where it is close to 0.
Tensor sigmoid(const Tensor& x);
/// The hyperbolic tangent, with a small relative error also where it is close to 0.
Tensor tanh(const Tensor& x);
/// max(x, 0); the gradient at 0 is 0.
Tensor relu(const Tensor& x);
/// x Phi(x) with the exact normal distribution Phi (Hendrycks and Gimpel 2016, arXiv 1606.08415).
Tensor gelu(const Tensor& x);
/// exp(x) / sum(exp(x)) along `axis`. The maximum is subtracted first, so that nothing overflows.
/// If x has no elements, the result has none, as in PyTorch.
/// @throws Error when the axis does not exist.
Tensor softmax(const Tensor& x, Index axis);
/// log(softmax(x)) along `axis`, computed without the logarithm of a number that may be 0.
/// @throws Error when the axis does not exist.
Tensor log_softmax(const Tensor& x, Index axis);

}  // namespace scanline
