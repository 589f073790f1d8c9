#pragma once

#include "scanline/framework/nn/module.hpp"
#include "scanline/framework/ops/pool.hpp"

namespace scanline::nn {

/// The largest number in each window of each channel, as PyTorch's MaxPool2d: (B, C, H, W) ->
/// (B, C, H', W'). `max_pool2d` in ops/pool.hpp has the sizes.
class MaxPool2d : public Layer {
 public:
  /// A stride of 0 is the size of the window. @throws Error for sizes that there cannot be.
  explicit MaxPool2d(Size2d kernel_size, Size2d stride = 0, Size2d padding = 0)
      : window_(checked("max_pool2d", {kernel_size, stride, padding})) {}
  /// @throws Error when x has another rank, or is smaller than the window.
  Tensor forward(const Tensor& x) override { return max_pool2d(x, window_); }

 private:
  Window2d window_;
};

/// The mean of each window of each channel, as PyTorch's AvgPool2d: (B, C, H, W) -> (B, C, H', W').
/// Padding counts as zeros. `avg_pool2d` in ops/pool.hpp has the sizes.
class AvgPool2d : public Layer {
 public:
  /// A stride of 0 is the size of the window. @throws Error for sizes that there cannot be.
  explicit AvgPool2d(Size2d kernel_size, Size2d stride = 0, Size2d padding = 0)
      : window_(checked("avg_pool2d", {kernel_size, stride, padding})) {}
  /// @throws Error when x has another rank, or is smaller than the window.
  Tensor forward(const Tensor& x) override { return avg_pool2d(x, window_); }

 private:
  Window2d window_;
};

}  // namespace scanline::nn
