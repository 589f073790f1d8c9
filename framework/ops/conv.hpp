#pragma once

#include "scanline/framework/autograd/tensor.hpp"
#include "scanline/framework/ops/size2d.hpp"

namespace scanline {

/// The options of `conv2d`. Names and defaults are PyTorch's.
struct Conv2dOptions {
  /// How many pixels the window moves from one output to the next.
  Size2d stride = 1;
  /// How many rows or columns of zeros surround the images, on each side.
  Size2d padding = 0;
  /// How many pixels apart the window's elements are.
  Size2d dilation = 1;
  /// Channels and filters are divided into so many groups, and the filters of a group see the
  /// channels of that group only.
  Index groups = 1;
};

/// Checks the options.
/// @throws Error, naming `op`, for a stride, dilation or number of groups below 1, and for a
///   negative padding.
void check_options(const char* op, const Conv2dOptions& options);

/// The cross-correlation of images with filters, which PyTorch calls a convolution:
///
///     y[b, o, i, j] = bias[o] + sum over c, k, l of weight[o, c, k, l] * x[b, c, i + k, j + l]
///
/// x (B, C, H, W), weight (O, C / groups, KH, KW), bias (O,) or undefined for none -> (B, O, H',
/// W'), where H' = (H + 2 padding - dilation (KH - 1) - 1) / stride + 1, rounded down, and W' in
/// the same way. Images are computed in parallel.
/// @throws Error when shapes or types do not fit, for a stride, dilation or number of groups below
///   1, a negative padding, and a window that is larger than the padded image.
Tensor conv2d(const Tensor& x, const Tensor& weight, const Tensor& bias,
              const Conv2dOptions& options = {});

/// The same, composed of ops: it is slower, and easier to read. Tests compare `conv2d` with it.
Tensor composed_conv2d(const Tensor& x, const Tensor& weight, const Tensor& bias,
                       const Conv2dOptions& options = {});

}  // namespace scanline
