#pragma once

#include "scanline/framework/autograd/tensor.hpp"

namespace scanline {

/// The mean and the biased variance of each channel, both (C,).
struct ChannelStatistics {
  Array mean;      ///< Arithmetic means.
  Array variance;  ///< Means of the squared deviations.
};

/// The result of `batch_norm`, and the statistics that it computed.
struct BatchNormed {
  Tensor y;                      ///< Of the shape of x.
  ChannelStatistics statistics;  ///< Of the batch.
};

/// Standardises each channel by its own mean and variance over the batch and all places, then
/// scales and shifts it (Ioffe and Szegedy 2015, arXiv 1502.03167):
///
///     y = (x - mean) / sqrt(variance + epsilon) * weight + bias
///
/// x is (B, C, ...), weight and bias are (C,). The gradient of x includes that of the statistics.
/// This is the fused form of `moments` and `standardize` in ops/normalize.hpp. Channels are
/// computed in parallel.
/// @throws Error when shapes or types do not fit, and for fewer than two numbers for each channel.
BatchNormed batch_norm(const Tensor& x, const Tensor& weight, const Tensor& bias, double epsilon);

/// The same with given statistics, which are constants.
/// @throws Error when shapes or types do not fit.
Tensor batch_norm(const Tensor& x, const Tensor& weight, const Tensor& bias, double epsilon,
                  const ChannelStatistics& statistics);

}  // namespace scanline
