#include "scanline/framework/ops/movement.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <cstring>
#include <numeric>

#include "scanline/framework/autograd/make_op.hpp"
#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/format.hpp"
#include "scanline/framework/core/parallel.hpp"
#include "scanline/framework/ops/composed.hpp"
#include "scanline/framework/ops/detail/axis_blocks.hpp"

namespace scanline {
namespace {

/// `to[i]` += `from[i]`.
template <class T>
void add_elements(const T* from, T* to, Index count) {
  for (Index i = 0; i < count; ++i) to[i] += from[i];
}

/// Copies adjacent bytes. Single elements are so many, where the last axis is cut or joined, that
/// calls of memcpy would take longer than the copying.
void copy_bytes(const std::byte* from, std::byte* to, Index bytes) {
  if (bytes == 4)
    std::memcpy(to, from, 4);
  else if (bytes == 8)
    std::memcpy(to, from, 8);
  else
    std::memcpy(to, from, static_cast<std::size_t>(bytes));
}

/// Calls `body(whole, part)` with the offsets of each contiguous run that positions
/// [begin, begin + extent) of an axis share with the whole array, and of its place in a part that
/// holds only these positions. A run is extent * inner elements long.
template <class Body>
void for_each_run(const AxisBlocks& whole, Index begin, Index extent, Body body) {
  for (Index o = 0; o < whole.outer; ++o)
    body((o * whole.extent + begin) * whole.inner, o * extent * whole.inner);
}

/// A permutation of axes, as its result sees it.
struct Permuted {
  Shape shape;                  // of the result
  std::vector<Index> distance;  // between neighbours along each of its axes, in the source
};

/// Calls `body(row, offset)` for each row along the last axis of the result, from any thread: where
/// it begins there, and in the source. Requires at least one axis and one element.
template <class Body>
void for_each_row(const Permuted& permuted, Body body) {
  const Index last = permuted.shape.rank() - 1, width = permuted.shape[last];
  const Index count = permuted.shape.element_count() / width;
  const Index worth_waking_a_thread = std::max<Index>(1, (1 << 15) / width);
  parallel_for_ranges(count, worth_waking_a_thread, [&](Index begin, Index end) {
    std::vector<Index> position(static_cast<std::size_t>(last));
    Index offset = 0;
    for (Index axis = last - 1, left = begin; axis >= 0; --axis) {
      const auto a = static_cast<std::size_t>(axis);
      position[a] = left % permuted.shape[axis];
      left /= permuted.shape[axis];
      offset += position[a] * permuted.distance[a];
    }
    for (Index row = begin; row < end; ++row) {
      body(row * width, offset);
      for (Index axis = last - 1; axis >= 0; --axis) {  // to the next one, as an odometer turns
        const auto a = static_cast<std::size_t>(axis);
        offset += permuted.distance[a];
        if (++position[a] < permuted.shape[axis]) break;
        offset -= permuted.distance[a] * permuted.shape[axis];
        position[a] = 0;
      }
    }
  });
}

/// The op `name`: positions [begin, begin + extent) of an axis, which exist, in the shape `shape`.
/// Along the first axis nothing is copied.
Tensor cut_out(const char* name, const Tensor& x, Index axis, Index begin, Index extent,
               const Shape& shape) {
  const AxisBlocks blocks(name, x.shape(), axis);
  const Index run = extent * blocks.inner;
  Array result;
  if (normalize_axis(name, axis, x.rank()) == 0) {
    result = x.value().rows(begin, begin + extent);
    if (shape.rank() != x.rank()) result = result.reshape(shape);
  } else {
    result = Array(shape, x.dtype());
    const Index bytes = size_of(x.dtype());
    const std::byte* const source = x.value().raw();
    std::byte* const to = result.raw();
    for_each_run(blocks, begin, extent, [&](Index whole, Index part) {
      copy_bytes(source + whole * bytes, to + part * bytes, run * bytes);
    });
  }
  return make_op(name, {x}, result,
                 [=](const Array& grad, InputGrads& inputs) {
                   if (!inputs.needed(0)) return;
                   dispatch(name, grad.dtype(), [&]<class T>(T) {
                     const T* dy = grad.data<T>();
                     T* dx = inputs[0].data<T>();
                     for_each_run(blocks, begin, extent, [&](Index whole, Index part) {
                       add_elements(dy + part, dx + whole, run);
                     });
                   });
                 },
                 {{"axis", axis}, {"begin", begin}});
}

std::string join(const std::vector<Index>& values) {
  return fmt::format("({})", fmt::join(values, ", "));
}

}  // namespace

Tensor reshape(const Tensor& x, const std::vector<Index>& extents) {
  check_defined("reshape", x);
  Shape shape;
  Index computed = -1;  // the axis of extent -1, which for now has an extent of 1
  bool fits = true;
  for (const Index extent : extents) {
    fits = fits && (extent >= 0 || (extent == -1 && computed == -1));
    if (extent == -1) computed = shape.rank();
    shape.push_back(extent < 0 ? 1 : extent);
  }
  if (computed != -1) {
    const Index size = x.value().size(), known = shape.element_count();
    fits = fits && known != 0 && size % known == 0;
    if (fits) shape = shape.with(computed, size / known);
  }
  if (!fits) throw Error(fmt::format("reshape: {} does not fit into {}", x.shape(), join(extents)));
  return make_op("reshape", {x}, x.value().reshape(shape),
                 [before = x.shape()](const Array& grad, InputGrads& inputs) {
                   inputs.take(0, grad.reshape(before));
                 });
}

Tensor permute(const Tensor& x, const std::vector<Index>& order) {
  check_defined("permute", x);
  std::vector<Index> strides(static_cast<std::size_t>(x.rank()), 1);  // of the source's axes
  for (std::size_t axis = strides.size(); axis-- > 1;)
    strides[axis - 1] = strides[axis] * x.size(static_cast<Index>(axis));
  std::vector<Index> sorted;
  Permuted permuted;
  for (const Index named : order) {
    const Index axis = normalize_axis("permute", named, x.rank());
    sorted.push_back(axis);
    permuted.shape.push_back(x.size(axis));
    permuted.distance.push_back(strides[static_cast<std::size_t>(axis)]);
  }
  std::sort(sorted.begin(), sorted.end());
  if (static_cast<Index>(order.size()) != x.rank() ||
      std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end())
    throw Error(
        fmt::format("permute: {} does not name each axis of {} once", join(order), x.shape()));
  if (x.rank() == 0) return x;
  const Array result(permuted.shape, x.dtype());
  const Index width = permuted.shape[-1], apart = permuted.distance.back();
  dispatch("permute", x.dtype(), [&]<class T>(T) {
    const T* from = x.value().data<T>();
    T* to = result.data<T>();
    if (result.size() > 0)
      for_each_row(permuted, [&](Index row, Index offset) {
        for (Index i = 0; i < width; ++i) to[row + i] = from[offset + i * apart];
      });
  });
  return make_op("permute", {x}, result,
                 [permuted, width, apart](const Array& grad, InputGrads& inputs) {
                   if (!inputs.needed(0) || grad.size() == 0) return;
                   dispatch("permute", grad.dtype(), [&]<class T>(T) {
                     const T* from = grad.data<T>();
                     T* to = inputs[0].data<T>();
                     for_each_row(permuted, [&](Index row, Index offset) {
                       for (Index i = 0; i < width; ++i) to[offset + i * apart] += from[row + i];
                     });
                   });
                 },
                 {{"order", order}});
}

Tensor transpose(const Tensor& x, Index axis_a, Index axis_b) {
  check_defined("transpose", x);
  std::vector<Index> order(static_cast<std::size_t>(x.rank()));
  std::iota(order.begin(), order.end(), 0);
  std::swap(order[static_cast<std::size_t>(normalize_axis("transpose", axis_a, x.rank()))],
            order[static_cast<std::size_t>(normalize_axis("transpose", axis_b, x.rank()))]);
  return composed("transpose", [&] { return permute(x, order); });
}

Tensor slice(const Tensor& x, Index axis, Index begin, Index end) {
  check_defined("slice", x);
  if (begin < 0 || end < begin || end > x.size(normalize_axis("slice", axis, x.rank())))
    throw Error(
        fmt::format("slice: [{}, {}) is not within axis {} of {}", begin, end, axis, x.shape()));
  return cut_out("slice", x, axis, begin, end - begin, x.shape().with(axis, end - begin));
}

Tensor select(const Tensor& x, Index axis, Index index) {
  check_defined("select", x);
  const Index extent = x.size(normalize_axis("select", axis, x.rank()));
  if (index < -extent || index >= extent)
    throw Error(fmt::format("select: axis {} of {} has no position {}", axis, x.shape(), index));
  const Index position = index < 0 ? index + extent : index;
  return cut_out("select", x, axis, position, 1, x.shape().without(axis));
}

Tensor Tensor::operator[](Index index) const { return select(*this, 0, index); }

std::vector<Tensor> unstack(const Tensor& x, Index axis) {
  check_defined("unstack", x);
  const Index extent = x.size(normalize_axis("unstack", axis, x.rank()));
  std::vector<Tensor> result;
  for (Index i = 0; i < extent; ++i) result.push_back(select(x, axis, i));
  return result;
}

Tensor pad(const Tensor& x, Index axis, Index before, Index after, double value) {
  check_defined("pad", x);
  const Index extent = x.size(normalize_axis("pad", axis, x.rank()));
  if (before < 0 || after < 0)
    throw Error(fmt::format("pad: needs counts of 0 or more, got {} and {}", before, after));
  const Array result = Array::full(x.shape().with(axis, before + extent + after), value, x.dtype());
  const AxisBlocks blocks("pad", result.shape(), axis);
  const Index bytes = size_of(x.dtype()), run = extent * blocks.inner;
  for_each_run(blocks, before, extent, [&](Index whole, Index part) {
    std::memcpy(result.raw() + whole * bytes, x.value().raw() + part * bytes,
                static_cast<std::size_t>(run * bytes));
  });
  return make_op("pad", {x}, result,
                 [=](const Array& grad, InputGrads& inputs) {
                   if (!inputs.needed(0)) return;
                   dispatch("pad", grad.dtype(), [&]<class T>(T) {
                     const T* dy = grad.data<T>();
                     T* dx = inputs[0].data<T>();
                     for_each_run(blocks, before, extent, [&](Index whole, Index part) {
                       add_elements(dy + whole, dx + part, run);
                     });
                   });
                 },
                 {{"axis", axis}, {"before", before}, {"after", after}, {"value", value}});
}

Tensor concatenate(const std::vector<Tensor>& parts, Index axis) {
  if (parts.empty()) throw Error("concatenate: needs at least one tensor");
  check_defined("concatenate", parts[0]);
  const Shape& first = parts[0].shape();
  normalize_axis("concatenate", axis, first.rank());
  Index extent = 0;
  for (const Tensor& part : parts) {
    check_defined("concatenate", part);
    check_same_dtype("concatenate", parts[0].dtype(), part.dtype());
    if (part.rank() != first.rank() || part.shape().with(axis, 0) != first.with(axis, 0))
      throw Error(fmt::format("concatenate: shapes {} and {} differ beyond axis {}", first,
                              part.shape(), axis));
    extent += part.size(axis);
  }
  const Array result(first.with(axis, extent), parts[0].dtype());
  const AxisBlocks blocks("concatenate", result.shape(), axis);
  const Index bytes = size_of(result.dtype());
  std::vector<Index> begins;  // where each part begins, and where the last one ends
  Index begin = 0;
  for (const Tensor& tensor : parts) {
    const Index count = tensor.size(axis);
    const std::byte* const source = tensor.value().raw();
    std::byte* const to = result.raw();
    for_each_run(blocks, begin, count, [&](Index whole, Index part) {
      copy_bytes(source + part * bytes, to + whole * bytes, count * blocks.inner * bytes);
    });
    begins.push_back(begin);
    begin += count;
  }
  begins.push_back(begin);
  return make_op("concatenate", parts, result,
                 [=](const Array& grad, InputGrads& inputs) {
                   dispatch("concatenate", grad.dtype(), [&]<class T>(T) {
                     for (std::size_t i = 0; i + 1 < begins.size(); ++i) {
                       if (!inputs.needed(i)) continue;
                       const Index count = begins[i + 1] - begins[i];
                       const T* dy = grad.data<T>();
                       T* dx = inputs[i].data<T>();
                       for_each_run(blocks, begins[i], count, [&](Index whole, Index part) {
                         add_elements(dy + whole, dx + part, count * blocks.inner);
                       });
                     }
                   });
                 },
                 {{"axis", axis}});
}

Tensor stack(const std::vector<Tensor>& parts, Index axis) {
  if (parts.empty()) throw Error("stack: needs at least one tensor");
  std::vector<Tensor> widened;
  for (const Tensor& part : parts) {
    check_defined("stack", part);
    check_same_dtype("stack", parts[0].dtype(), part.dtype());
    if (part.shape() != parts[0].shape())
      throw Error(fmt::format("stack: shapes {} and {} differ", parts[0].shape(), part.shape()));
    std::vector<Index> extents(part.shape().begin(), part.shape().end());
    extents.insert(extents.begin() + normalize_axis("stack", axis, part.rank() + 1), 1);
    widened.push_back(reshape(part, extents));
  }
  return concatenate(widened, axis);
}

std::vector<Tensor> split(const Tensor& x, Index parts, Index axis) {
  check_defined("split", x);
  const Index extent = x.size(normalize_axis("split", axis, x.rank()));
  if (parts < 1 || extent % parts != 0)
    throw Error(fmt::format("split: axis {} of {} cannot be cut into {} equal parts", axis,
                            x.shape(), parts));
  const Index width = extent / parts;
  std::vector<Tensor> result;
  for (Index i = 0; i < parts; ++i) result.push_back(slice(x, axis, i * width, (i + 1) * width));
  return result;
}

Tensor flip(const Tensor& x, Index axis) {
  check_defined("flip", x);
  const AxisBlocks blocks("flip", x.shape(), axis);
  const auto add_flipped = [blocks](const Array& from, const Array& to) {
    dispatch("flip", from.dtype(), [&]<class T>(T) {
      for (Index o = 0; o < blocks.outer; ++o)
        for (Index k = 0; k < blocks.extent; ++k)
          add_elements(from.data<T>() + (o * blocks.extent + k) * blocks.inner,
                       to.data<T>() + ((o + 1) * blocks.extent - 1 - k) * blocks.inner,
                       blocks.inner);
    });
  };
  const Array result = Array::zeros(x.shape(), x.dtype());
  add_flipped(x.value(), result);
  return make_op("flip", {x}, result,
                 [add_flipped](const Array& grad, InputGrads& inputs) {
                   if (inputs.needed(0)) add_flipped(grad, inputs[0]);
                 },
                 {{"axis", axis}});
}

}  // namespace scanline
