#include "scanline/framework/ops/activation.hpp"

#include <cmath>
#include <numbers>

#include "scanline/framework/autograd/make_op.hpp"
#include "scanline/framework/autograd/unary_op.hpp"
#include "scanline/framework/ops/detail/axis_blocks.hpp"
#include "scanline/framework/ops/detail/best_kernels.hpp"
#include "scanline/framework/ops/detail/best_row_kernels.hpp"
#include "scanline/framework/ops/elementwise.hpp"
#include "scanline/framework/ops/reduce.hpp"

namespace scanline {
namespace {

/// x minus its maximum along `axis`. Adding a constant changes neither softmax nor its gradient, so
/// the maximum may stay outside the graph.
Tensor shifted_by_max(const char* op, const Tensor& x, Index axis) {
  // Otherwise max would throw in its own name.
  check_defined(op, x);
  check_floating(op, x.dtype());
  normalize_axis(op, axis, x.rank());
  if (x.value().size() == 0) return x;
  return x - max(x.detach(), {axis}, /*keep_axes=*/true);
}

}  // namespace

Tensor sigmoid(const Tensor& x) {
  check_defined("sigmoid", x);
  const Array ys(x.shape(), x.dtype());
  dispatch("sigmoid", x.dtype(), [&]<class T>(T) {
    best_kernels<T>().sigmoid(x.value().data<T>(), ys.data<T>(), ys.size());
  });
  return make_op("sigmoid", {x}, ys, [ys = Saved(ys)](const Array& grad, InputGrads& inputs) {
    inputs.add(0, {grad, ys}, [](auto g, auto y) { return g * y * (1 - y); });
  });
}

Tensor tanh(const Tensor& x) {
  check_defined("tanh", x);
  const Array ys(x.shape(), x.dtype());
  dispatch("tanh", x.dtype(), [&]<class T>(T) {
    best_kernels<T>().tanh(x.value().data<T>(), ys.data<T>(), ys.size());
  });
  return make_op("tanh", {x}, ys, [ys = Saved(ys)](const Array& grad, InputGrads& inputs) {
    inputs.add(0, {grad, ys}, [](auto g, auto y) { return g * (1 - y * y); });
  });
}

Tensor relu(const Tensor& x) {
  return unary_op(
      "relu", x, [](auto v) { return v < 0 ? decltype(v){0} : v; },
      of_output([](auto g, auto y) { return y > 0 ? g : decltype(g){0}; }));
}

Tensor gelu(const Tensor& x) {
  const auto normal_cdf = [](auto v) {
    return std::erfc(-v / std::numbers::sqrt2_v<decltype(v)>) / 2;
  };
  const auto normal_density = [](auto v) {
    using T = decltype(v);
    return std::exp(-v * v / 2) * std::numbers::inv_sqrtpi_v<T> / std::numbers::sqrt2_v<T>;
  };
  const auto slope = [=](auto g, auto v) { return g * (normal_cdf(v) + v * normal_density(v)); };
  return unary_op(
      "gelu", x, [=](auto v) { return v * normal_cdf(v); }, of_input(slope));
}

Tensor softmax(const Tensor& x, Index axis) {
  check_defined("softmax", x);
  check_floating("softmax", x.dtype());
  const AxisBlocks blocks("softmax", x.shape(), axis);
  // Exporters know the ops that it can be composed of.
  if (blocks.inner != 1 || x.value().size() == 0 || Trace::current() != nullptr) {
    const Tensor exponentials = exp(shifted_by_max("softmax", x, axis));
    return exponentials / sum(exponentials, {axis}, /*keep_axes=*/true);
  }
  const auto for_each_block = [blocks](const auto& body) {
    parallel_for_ranges(blocks.outer, rows_of_block(blocks.extent), body);
  };
  const Array y(x.shape(), x.dtype());
  dispatch("softmax", x.dtype(), [&]<class T>(T) {
    for_each_block([&](Index begin, Index end) {
      const Index first = begin * blocks.extent;
      best_row_kernels<T>().softmax(x.value().data<T>() + first, end - begin, blocks.extent,
                                    y.data<T>() + first);
    });
  });
  return make_op("softmax", {x}, y,
                 [blocks, for_each_block, ys = Saved(y)](const Array& grad, InputGrads& inputs) {
                   const Array dx(grad.shape(), grad.dtype());
                   dispatch("softmax", grad.dtype(), [&]<class T>(T) {
                     const T *dy = grad.data<T>(), *y_rows = ys.get().data<T>();
                     for_each_block([&](Index begin, Index end) {
                       const Index first = begin * blocks.extent;
                       best_row_kernels<T>().softmax_backward(dy + first, y_rows + first,
                                                              end - begin, blocks.extent,
                                                              dx.data<T>() + first);
                     });
                   });
                   inputs.take(0, dx);
                 });
}

Tensor log_softmax(const Tensor& x, Index axis) {
  const Tensor shifted = shifted_by_max("log_softmax", x, axis);
  return shifted - log(sum(exp(shifted), {axis}, /*keep_axes=*/true));
}

}  // namespace scanline
