#pragma once

#include "scanline/framework/autograd/tensor.hpp"
#include "scanline/framework/ops/size2d.hpp"

namespace scanline {

/// A window that moves over images. Names and defaults are PyTorch's.
struct Window2d {
  /// The size of the window.
  Size2d kernel_size;
  /// How many pixels the window moves from one output to the next; 0: its size.
  Size2d stride = 0;
  /// How many rows or columns surround the images on each side, at most half a window.
  Size2d padding = 0;
};

// Both pool each channel on its own: (B, C, H, W) -> (B, C, H', W'), where H' = (H + 2 padding -
// kernel size) / stride + 1, rounded down, and W' in the same way. Channels are computed in
// parallel. Both throw Error when x has another shape or no floating-point numbers, for sizes that
// are too small or paddings that are too large, and for images that are smaller than the window.

/// The largest number in each window. Padding is never the largest. The first of several largest
/// numbers gets the gradient; NaN counts as the largest.
Tensor max_pool2d(const Tensor& x, const Window2d& window);
/// The mean of each window, in which padding counts as zeros.
Tensor avg_pool2d(const Tensor& x, const Window2d& window);

/// The window with its stride. @throws Error, naming `op`, for a window that there cannot be.
Window2d checked(const char* op, Window2d window);

}  // namespace scanline
