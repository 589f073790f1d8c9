#include "scanline/framework/ops/normalize.hpp"

#include "scanline/framework/autograd/make_op.hpp"
#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/format.hpp"
#include "scanline/framework/ops/composed.hpp"
#include "scanline/framework/ops/detail/best_row_kernels.hpp"
#include "scanline/framework/ops/elementwise.hpp"
#include "scanline/framework/ops/reduce.hpp"

namespace scanline {

Moments moments(const Tensor& x, const std::vector<Index>& axes) {
  return composed("moments", [&] {
    const Tensor average = mean(x, axes, /*keep_axes=*/true);
    const Tensor deviation = x - average;
    return Moments{average, mean(deviation * deviation, axes, /*keep_axes=*/true)};
  });
}

Tensor standardize(const Tensor& x, const Moments& moments, double epsilon) {
  return composed("standardize",
                  [&] { return (x - moments.mean) / sqrt(moments.variance + epsilon); });
}

Tensor layer_norm(const Tensor& x, const Tensor& weight, const Tensor& bias, double epsilon) {
  check_defined("layer_norm", x, weight, bias);
  check_floating("layer_norm", x.dtype());
  // Without these checks a last axis of 1 would broadcast.
  if (x.rank() < 1 || weight.shape() != Shape{x.size(-1)} || bias.shape() != weight.shape())
    throw Error(
        fmt::format("layer_norm: needs {} features, got {}", weight.value().size(), x.shape()));
  check_same_dtype("layer_norm", x.dtype(), weight.dtype());
  check_same_dtype("layer_norm", x.dtype(), bias.dtype());
  // Exporters know the ops that it can be composed of.
  if (Trace::current() != nullptr || x.value().size() == 0)
    return standardize(x, moments(x, {-1}), epsilon) * weight + bias;

  const Index columns = x.size(-1), rows = x.value().size() / columns;
  const Array y(x.shape(), x.dtype()), statistics({rows, 3}, x.dtype());
  dispatch("layer_norm", x.dtype(), [&]<class T>(T) {
    parallel_for_ranges(rows, rows_of_block(columns), [&](Index begin, Index end) {
      best_row_kernels<T>().layer_norm(
          x.value().data<T>() + begin * columns, weight.value().data<T>(), bias.value().data<T>(),
          static_cast<T>(epsilon), end - begin, columns, y.data<T>() + begin * columns,
          statistics.data<T>() + begin * 3);
    });
  });
  const auto backward = [=, xs = Saved(x.value()), weights = Saved(weight.value())](
                            const Array& grad, InputGrads& inputs) {
    const Index block = rows_of_block(columns), blocks = (rows + block - 1) / block;
    const Array dx(grad.shape(), grad.dtype());
    // A row for each block, so that the order of the sums does not depend on the threads.
    const Array dweights = Array::zeros({blocks, columns}, grad.dtype()),
                dbiases = Array::zeros({blocks, columns}, grad.dtype());
    dispatch("layer_norm", grad.dtype(), [&]<class T>(T) {
      const T *dy = grad.data<T>(), *x_rows = xs.get().data<T>(), *w = weights.get().data<T>();
      parallel_for_ranges(rows, block, [&](Index begin, Index end) {
        const Index number = begin / block;
        best_row_kernels<T>().layer_norm_backward(
            dy + begin * columns, x_rows + begin * columns, w, statistics.data<T>() + begin * 3,
            end - begin, columns, dx.data<T>() + begin * columns,
            dweights.data<T>() + number * columns, dbiases.data<T>() + number * columns);
      });
    });
    inputs.take(0, dx);
    if (inputs.needed(1)) add_to(inputs[1], dweights);
    if (inputs.needed(2)) add_to(inputs[2], dbiases);
  };
  return make_op("layer_norm", {x, weight, bias}, y, backward);
}

}  // namespace scanline
