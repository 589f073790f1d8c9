#include "scanline/framework/nn/conv.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/nn/init.hpp"

namespace scanline::nn {
namespace {

/// The shape of the weight. @throws Error for sizes and groups that there cannot be.
Shape weight_shape(Index in_channels, Index out_channels, Size2d kernel_size,
                   const Conv2dOptions& options) {
  check_options("conv2d", options);
  if (std::min({in_channels, out_channels, kernel_size.height, kernel_size.width}) < 1 ||
      in_channels % options.groups != 0 || out_channels % options.groups != 0)
    throw Error(fmt::format(
        "conv2d: needs a window of at least 1 x 1 and channels in groups of {}, got {} x {}, {} "
        "channels and {} filters",
        options.groups, kernel_size.height, kernel_size.width, in_channels, out_channels));
  return {out_channels, in_channels / options.groups, kernel_size.height, kernel_size.width};
}

/// Where the initial values lie: within +- this number.
double bound(const Shape& weight) {
  return 1 / std::sqrt(static_cast<double>(weight.without(0).element_count()));
}

}  // namespace

Conv2d::Conv2d(Index in_channels, Index out_channels, Size2d kernel_size,
               const Conv2dOptions& options, bool has_bias)
    : weight(parameter("weight",
                       [&] {
                         const Shape shape =
                             weight_shape(in_channels, out_channels, kernel_size, options);
                         return init::uniform(shape, bound(shape));
                       }())),
      bias(has_bias ? parameter("bias", init::uniform({out_channels}, bound(weight.shape())))
                    : Tensor()),
      options_(options) {}

Tensor Conv2d::forward(const Tensor& x) { return conv2d(x, weight, bias, options_); }

}  // namespace scanline::nn
