#pragma once

#include <vector>

#include "scanline/framework/autograd/tensor.hpp"

namespace scanline {

/// Mean and variance over some axes, which are kept with extent 1.
struct Moments {
  Tensor mean;      // arithmetic mean
  Tensor variance;  // biased: the mean of the squared deviations
};
/// Mean and variance of x over `axes`. @throws Error when an axis does not exist or is named twice.
Moments moments(const Tensor& x, const std::vector<Index>& axes);

/// (x - mean) / sqrt(variance + epsilon); all broadcast.
Tensor standardize(const Tensor& x, const Moments& moments, double epsilon);

/// Standardises each vector along the last axis, then scales it by `weight` and adds `bias`, both
/// (features,): (..., features) -> (..., features). This is
/// `standardize(x, moments(x, {-1}), epsilon) * weight + bias` in a single op.
/// @throws Error when the last axis of x is not `features`, or the element types differ.
Tensor layer_norm(const Tensor& x, const Tensor& weight, const Tensor& bias, double epsilon = 1e-5);

}  // namespace scanline
