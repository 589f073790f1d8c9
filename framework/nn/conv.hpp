#pragma once

#include "scanline/framework/nn/module.hpp"
#include "scanline/framework/ops/conv.hpp"

namespace scanline::nn {

/// Slides filters over images: (B, in_channels, H, W) -> (B, out_channels, H', W'). `conv2d` in
/// ops/conv.hpp has the equation and the sizes, and follows PyTorch's Conv2d:
///
///     nn::Conv2d conv(1, 32, 3, {.padding = 1});
///
/// weight is (out_channels, in_channels / groups, height, width of the window), bias is
/// (out_channels,). Both start uniform in +-1/sqrt(fan-in), as PyTorch's do.
class Conv2d : public Layer {
 public:
  /// `kernel_size` is the size of the window.
  /// @throws Error for sizes below 1, for numbers of channels that are no multiples of the groups,
  ///   and for options that `conv2d` refuses.
  Conv2d(Index in_channels, Index out_channels, Size2d kernel_size,
         const Conv2dOptions& options = {}, bool bias = true);
  /// @throws Error when x has another shape, or is smaller than the window.
  Tensor forward(const Tensor& x) override;

  const Tensor weight;  // (out_channels, in_channels / groups, height, width)
  const Tensor bias;    // (out_channels,), undefined if there is none

 private:
  Conv2dOptions options_;
};

}  // namespace scanline::nn
