#pragma once

#include "scanline/framework/autograd/tensor.hpp"

namespace scanline {

/// Mean over the batch of -sum_c q_c log softmax(logits)_c, where q is the one-hot target, mixed
/// with the uniform distribution: q_c = (1 - s) [c = target] + s / C with s = `label_smoothing`
/// (Szegedy et al. 2016, arXiv 1512.00567). logits (N, C), targets (N,) int64 -> scalar.
/// @throws Error when shapes do not fit, a target is not within [0, C), or s is not within [0, 1].
Tensor cross_entropy(const Tensor& logits, const Array& targets, double label_smoothing = 0);

/// The mean of (prediction - target)^2 over all elements, which broadcast.
Tensor mse_loss(const Tensor& prediction, const Tensor& target);

/// The mean of |prediction - target| over all elements, which broadcast.
Tensor l1_loss(const Tensor& prediction, const Tensor& target);

}  // namespace scanline
