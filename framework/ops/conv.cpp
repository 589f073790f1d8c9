#include "scanline/framework/ops/conv.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "scanline/framework/autograd/make_op.hpp"
#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/format.hpp"
#include "scanline/framework/ops/composed.hpp"
#include "scanline/framework/ops/detail/conv_passes.hpp"
#include "scanline/framework/ops/elementwise.hpp"
#include "scanline/framework/ops/matmul.hpp"
#include "scanline/framework/ops/movement.hpp"

namespace scanline {
namespace {

/// The sizes of a convolution. @throws Error unless everything fits.
ConvSizes checked_sizes(const char* op, const Tensor& x, const Tensor& weight, const Tensor& bias,
                        const Conv2dOptions& options) {
  check_defined(op, x, weight);
  check_floating(op, x.dtype());
  check_same_dtype(op, x.dtype(), weight.dtype());
  check_options(op, options);
  const Index groups = options.groups;
  if (x.rank() != 4 || weight.rank() != 4 || x.size(1) != weight.size(1) * groups ||
      weight.size(0) % groups != 0 || weight.value().size() == 0)
    throw Error(fmt::format("{}: images {} do not fit weight {} in groups of {}", op, x.shape(),
                            weight.shape(), groups));
  if (bias.defined() && bias.shape() != Shape{weight.size(0)})
    throw Error(fmt::format("{}: weight {} needs a bias of {} elements, got {}", op, weight.shape(),
                            weight.size(0), bias.shape()));
  if (bias.defined()) check_same_dtype(op, x.dtype(), bias.dtype());
  const auto axis = [&](Index number, Index Size2d::*side) -> ConvAxis {
    const ConvAxis result{x.size(number), weight.size(number), options.stride.*side,
                          options.padding.*side, options.dilation.*side};
    if (result.extent + 2 * result.padding < result.dilation * (result.window - 1) + 1)
      throw Error(
          fmt::format("{}: a window of {} x {} with a dilation of {} x {} is larger than "
                      "the padded images {}",
                      op, weight.size(2), weight.size(3), options.dilation.height,
                      options.dilation.width, x.shape()));
    return result;
  };
  return {x.size(0),
          x.size(1),
          weight.size(0),
          groups,
          bias.defined(),
          axis(2, &Size2d::height),
          axis(3, &Size2d::width)};
}

/// The elements first, first + step, ... of an axis, `count` of them.
Tensor in_steps(const Tensor& x, Index axis, Index first, Index step, Index count) {
  // In rows of `step` elements these are the first column.
  const Tensor whole = slice(pad(x, axis, 0, step), axis, first, first + count * step);
  std::vector<Index> extents(x.shape().begin(), x.shape().end());
  extents[static_cast<std::size_t>(axis)] = count;
  extents.insert(extents.begin() + axis + 1, step);
  return select(reshape(whole, extents), axis + 1, 0);
}

}  // namespace

void check_options(const char* op, const Conv2dOptions& options) {
  const auto [stride, padding, dilation, groups] = options;
  if (std::min({stride.height, stride.width, dilation.height, dilation.width, groups}) < 1 ||
      std::min(padding.height, padding.width) < 0)
    throw Error(fmt::format(
        "{}: needs a stride, a dilation and groups of at least 1 and a padding of at least 0, got "
        "{} x {}, {} x {}, {} and {} x {}",
        op, stride.height, stride.width, dilation.height, dilation.width, groups, padding.height,
        padding.width));
}

Tensor conv2d(const Tensor& x, const Tensor& weight, const Tensor& bias,
              const Conv2dOptions& options) {
  const ConvSizes sizes = checked_sizes("conv2d", x, weight, bias, options);
  const auto both = [](Size2d size) { return std::array<Index, 2>{size.height, size.width}; };
  const auto stride = both(options.stride), padding = both(options.padding),
             dilation = both(options.dilation);
  std::vector<Tensor> operands{x, weight};
  if (bias.defined()) operands.push_back(bias);
  Tensor result;
  dispatch("conv2d", x.dtype(), [&](auto zero) {
    const ConvPasses<decltype(zero)> passes(sizes);
    result = make_op(
        "conv2d", operands,
        passes.forward(x.value(), weight.value(), bias.defined() ? bias.value() : Array()),
        [passes, xs = Saved(x.value()), ws = Saved(weight.value())](
            const Array& grad, InputGrads& inputs) { passes.backward(xs, ws, grad, inputs); },
        {{"stride", stride},
         {"padding", padding},
         {"dilation", dilation},
         {"groups", options.groups}});
  });
  return result;
}

Tensor composed_conv2d(const Tensor& x, const Tensor& weight, const Tensor& bias,
                       const Conv2dOptions& options) {
  return composed("composed_conv2d", [&] {
    const ConvSizes sizes = checked_sizes("conv2d", x, weight, bias, options);
    const ConvAxis &of_y = sizes.y, &of_x = sizes.x;
    const Tensor padded = pad(pad(x, 2, of_y.padding, of_y.padding), 3, of_x.padding, of_x.padding);
    // What each element of the window meets at all positions of the output.
    std::vector<Tensor> met;  // each (B, C, H', W')
    for (Index k = 0; k < of_y.window; ++k) {
      const Tensor rows = in_steps(padded, 2, k * of_y.dilation, of_y.stride, of_y.outputs());
      for (Index l = 0; l < of_x.window; ++l)
        met.push_back(in_steps(rows, 3, l * of_x.dilation, of_x.stride, of_x.outputs()));
    }
    const Index positions = of_y.outputs() * of_x.outputs();
    const Tensor patches = stack(met, 2);  // (B, C, KH KW, H', W')
    std::vector<Tensor> outputs;
    for (Index group = 0; group < sizes.groups; ++group) {
      const auto own = [&](const Tensor& all, Index axis) {
        const Index count = all.size(axis) / sizes.groups;
        return slice(all, axis, group * count, (group + 1) * count);
      };
      const Tensor filters = own(weight, 0);
      outputs.push_back(
          matmul(reshape(filters, {filters.size(0), -1}),
                 reshape(own(patches, 1),
                         {sizes.batch, weight.size(1) * of_y.window * of_x.window, positions})));
    }
    const Tensor y = reshape(concatenate(outputs, 1),
                             {sizes.batch, sizes.filters, of_y.outputs(), of_x.outputs()});
    return bias.defined() ? y + reshape(bias, {sizes.filters, 1, 1}) : y;
  });
}

}  // namespace scanline
