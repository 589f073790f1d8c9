#include "framework/ops/gather.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "framework/autograd/make_op.hpp"
#include "framework/core/error.hpp"
#include "framework/ops/axis_blocks.hpp"

namespace scanline {
namespace {

void check_indices(const char* op, const Array& indices, Index extent) {
  check_same_dtype(op, indices.dtype(), DType::int64);
  const auto* values = indices.data<std::int64_t>();
  for (Index i = 0; i < indices.size(); ++i)
    if (values[i] < 0 || values[i] >= extent)
      throw Error(fmt::format("{}: index {} is not within [0, {})", op, values[i], extent));
}

}  // namespace

Tensor gather(const Tensor& x, const Array& indices, Index axis) {
  const AxisBlocks from("gather", x.shape(), axis);
  if (indices.rank() != x.rank() || indices.shape().with(axis, 0) != x.shape().with(axis, 0))
    throw Error(fmt::format("gather: indices {} do not fit {} along axis {}",
                            to_string(indices.shape()), to_string(x.shape()), axis));
  check_indices("gather", indices, from.extent);
  const AxisBlocks to("gather", indices.shape(), axis);
  // Calls body(position in x, position in the result) for each element of the result.
  const auto for_each_pick = [=](auto body) {
    const auto* picked = indices.data<std::int64_t>();
    for (Index i = 0; i < indices.size(); ++i) {
      const Index o = i / (to.extent * to.inner);
      body((o * from.extent + picked[i]) * from.inner + i % to.inner, i);
    }
  };
  const Array result(indices.shape(), x.dtype());
  dispatch("gather", x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const T* in = x.value().data<T>();
    T* out = result.data<T>();
    for_each_pick([&](Index source, Index target) { out[target] = in[source]; });
  });
  return make_op("gather", {x}, result, [for_each_pick](const Array& grad, InputGrads& inputs) {
    if (!inputs.needed(0)) return;
    dispatch("gather", grad.dtype(), [&](auto zero) {
      using T = decltype(zero);
      const T* dy = grad.data<T>();
      T* dx = inputs[0].data<T>();
      for_each_pick([&](Index source, Index target) { dx[source] += dy[target]; });
    });
  });
}

Tensor embedding(const Tensor& table, const Array& ids) {
  if (table.rank() != 2)
    throw Error(
        fmt::format("embedding: needs a table of two axes, got {}", to_string(table.shape())));
  check_indices("embedding", ids, table.size(0));
  const Index width = table.size(1);
  Shape shape = ids.shape();
  shape.push_back(width);
  const Array result(shape, table.dtype());
  dispatch("embedding", table.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const T* rows = table.value().data<T>();
    for (Index i = 0; i < ids.size(); ++i)
      std::copy_n(rows + ids.data<std::int64_t>()[i] * width, width, result.data<T>() + i * width);
  });
  return make_op("embedding", {table}, result, [=](const Array& grad, InputGrads& inputs) {
    if (!inputs.needed(0)) return;
    dispatch("embedding", grad.dtype(), [&](auto zero) {
      using T = decltype(zero);
      const T* dy = grad.data<T>();
      T* rows = inputs[0].data<T>();
      for (Index i = 0; i < ids.size(); ++i) {
        T* row = rows + ids.data<std::int64_t>()[i] * width;
        for (Index e = 0; e < width; ++e) row[e] += dy[i * width + e];
      }
    });
  });
}

}  // namespace scanline
