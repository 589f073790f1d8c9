#include "scanline/framework/ops/gather.hpp"

#include <algorithm>

#include "scanline/framework/autograd/make_op.hpp"
#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/format.hpp"
#include "scanline/framework/ops/detail/axis_blocks.hpp"

namespace scanline {
namespace {

/// A copy of `indices`, each of which is within [0, extent). The backward pass writes to where they
/// point, so that nobody else may be able to change them.
Array checked_copy(const char* op, const Array& indices, Index extent) {
  if (indices.dtype() != DType::int64)
    throw Error(fmt::format("{}: needs int64 indices, got {}", op, name(indices.dtype())));
  const Array result = indices.copy();
  const auto* values = result.data<std::int64_t>();
  for (Index i = 0; i < result.size(); ++i)
    if (values[i] < 0 || values[i] >= extent)
      throw Error(fmt::format("{}: index {} is not within [0, {})", op, values[i], extent));
  return result;
}

}  // namespace

Tensor gather(const Tensor& x, const Array& indices, Index axis) {
  check_defined("gather", x, indices);
  const AxisBlocks from("gather", x.shape(), axis);
  if (indices.rank() != x.rank() || indices.shape().with(axis, 0) != x.shape().with(axis, 0))
    throw Error(fmt::format("gather: indices {} do not fit {} along axis {}", indices.shape(),
                            x.shape(), axis));
  const Array picks = checked_copy("gather", indices, from.extent);
  const AxisBlocks to("gather", picks.shape(), axis);
  // Calls body(position in x, position in the result) for each element of the result.
  const auto for_each_pick = [=](auto body) {
    const auto* picked = picks.data<std::int64_t>();
    for (Index i = 0; i < picks.size(); ++i) {
      const Index o = i / (to.extent * to.inner);
      body((o * from.extent + picked[i]) * from.inner + i % to.inner, i);
    }
  };
  const Array result(picks.shape(), x.dtype());
  dispatch("gather", x.dtype(), [&]<class T>(T) {
    const T* in = x.value().data<T>();
    T* out = result.data<T>();
    for_each_pick([&](Index source, Index target) { out[target] = in[source]; });
  });
  return make_op("gather", {x}, result,
                 [for_each_pick](const Array& grad, InputGrads& inputs) {
                   if (!inputs.needed(0)) return;
                   dispatch("gather", grad.dtype(), [&]<class T>(T) {
                     const T* dy = grad.data<T>();
                     T* dx = inputs[0].data<T>();
                     for_each_pick([&](Index source, Index target) { dx[source] += dy[target]; });
                   });
                 },
                 {{"axis", axis}, {"indices", &indices}});
}

Tensor embedding(const Tensor& table, const Array& ids) {
  check_defined("embedding", table, ids);
  if (table.rank() != 2)
    throw Error(fmt::format("embedding: needs a table of two axes, got {}", table.shape()));
  const Array numbers = checked_copy("embedding", ids, table.size(0));
  const Index width = table.size(1);
  Shape shape = ids.shape();
  shape.push_back(width);
  const Array result(shape, table.dtype());
  dispatch("embedding", table.dtype(), [&]<class T>(T) {
    const T* rows = table.value().data<T>();
    for (Index i = 0; i < numbers.size(); ++i)
      std::copy_n(rows + numbers.data<std::int64_t>()[i] * width, width,
                  result.data<T>() + i * width);
  });
  return make_op("embedding", {table}, result,
                 [=](const Array& grad, InputGrads& inputs) {
                   if (!inputs.needed(0)) return;
                   dispatch("embedding", grad.dtype(), [&]<class T>(T) {
                     const T* dy = grad.data<T>();
                     T* rows = inputs[0].data<T>();
                     for (Index i = 0; i < numbers.size(); ++i) {
                       T* row = rows + numbers.data<std::int64_t>()[i] * width;
                       for (Index e = 0; e < width; ++e) row[e] += dy[i * width + e];
                     }
                   });
                 },
                 {{"ids", &ids}});
}

}  // namespace scanline
