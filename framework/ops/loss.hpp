#pragma once

#include "scanline/framework/autograd/tensor.hpp"

namespace scanline {

/// Mean over the batch of -sum_c q_c log softmax(logits)_c, where q is the one-hot target, mixed
/// with the uniform distribution: q_c = (1 - s) [c = target] + s / C with s = `label_smoothing`
/// (Szegedy et al. 2016, arXiv 1512.00567). logits (N, C), targets (N,) int64 -> scalar.
///
/// With `weight` (C,), of the type of the logits, class c counts w_c times, as in PyTorch: the sum
/// over the batch of -sum_c w_c q_c log softmax(logits)_c, divided by the sum of the targets'
/// weights. The result is NaN if these are all 0.
/// @throws Error when shapes or types do not fit, a target is not within [0, C), or s is not within
///   [0, 1].
Tensor cross_entropy(const Tensor& logits, const Array& targets, double label_smoothing = 0,
                     const Array& weight = {});

/// The focal loss: the mean over the batch of -(1 - p)^gamma log p, where p is the probability that
/// the softmax gives to the target (Lin et al. 2017, arXiv 1708.02002). The larger gamma is, the
/// less the targets count that are predicted well already; with 0 it is the cross-entropy. Shapes
/// and `weight` are those of `cross_entropy`.
/// @throws Error as `cross_entropy` does, and when gamma is negative or not finite.
Tensor focal_loss(const Tensor& logits, const Array& targets, double gamma = 2,
                  const Array& weight = {});

/// The mean of (prediction - target)^2 over all elements, which broadcast.
Tensor mse_loss(const Tensor& prediction, const Tensor& target);

/// The mean of |prediction - target| over all elements, which broadcast.
Tensor l1_loss(const Tensor& prediction, const Tensor& target);

}  // namespace scanline
