#include "framework/core/map.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <vector>

#include "framework/core/array_view.hpp"
#include "framework/core/error.hpp"

namespace scanline {
namespace {

/// `array` with leading axes of extent 1 up to `rank` axes: they change nothing.
Array with_rank(const Array& array, Index rank) {
  Shape shape;
  for (Index i = array.rank(); i < rank; ++i) shape.push_back(1);
  for (const Index extent : array.shape()) shape.push_back(extent);
  return array.reshape(shape);
}

/// How often `block` stands one behind the other in an array of shape `whole`, if broadcasting one
/// to the other repeats or sums over leading axes alone, as with the bias of a layer; else 0.
Index repeats_of(const Shape& block, const Shape& whole) {
  Index leading = 0;
  while (leading < block.rank() && block[leading] == 1) ++leading;
  const Shape inner = block.slice(leading, block.rank());
  const Index outer_rank = whole.rank() - inner.rank();
  if (outer_rank < 0 || whole.slice(outer_rank, whole.rank()) != inner) return 0;
  return whole.slice(0, outer_rank).element_count();
}

}  // namespace

Array expand(const Array& array, const Shape& shape) {
  if (array.shape() == shape) return array;
  if (broadcast_shapes("expand", array.shape(), shape) != shape)
    throw Error(fmt::format("expand: {} does not broadcast to {}", to_string(array.shape()),
                            to_string(shape)));
  const Array result(shape, array.dtype());
  if (result.size() == 0) return result;
  dispatch("expand", array.dtype(), [&](auto zero) {
    using T = decltype(zero);
    if (const Index repeats = repeats_of(array.shape(), shape); repeats > 0) {
      for (Index r = 0; r < repeats; ++r)
        std::copy_n(array.data<T>(), array.size(), result.data<T>() + r * array.size());
      return;
    }
    auto target = view<T>(result);
    xt::noalias(target) = xt::broadcast(view<T>(array), target.shape());
  });
  return result;
}

void add_to(const Array& into, const Array& source) {
  check_same_dtype("add_to", into.dtype(), source.dtype());
  const Index rank = broadcast_shapes("add_to", into.shape(), source.shape()).rank();
  if (into.size() == 0 || source.size() == 0) return;
  const Array wide_into = with_rank(into, rank), wide_source = with_rank(source, rank);
  std::vector<std::size_t> summed;
  for (Index axis = 0; axis < rank; ++axis)
    if (wide_into.shape()[axis] == 1 && wide_source.shape()[axis] != 1)
      summed.push_back(static_cast<std::size_t>(axis));

  dispatch("add_to", into.dtype(), [&](auto zero) {
    using T = decltype(zero);
    if (const Index repeats = repeats_of(into.shape(), source.shape()); repeats > 0) {
      T* sums = into.data<T>();
      if (into.size() == 1) {
        // A running float32 sum would lose more of each summand the larger it grows.
        const T* values = source.data<T>();
        sums[0] += static_cast<T>(std::accumulate(values, values + repeats, 0.0));
        return;
      }
      for (Index r = 0; r < repeats; ++r) {
        const T* block = source.data<T>() + r * into.size();
        for (Index i = 0; i < into.size(); ++i) sums[i] += block[i];
      }
      return;
    }
    if (const Index repeats = repeats_of(source.shape(), into.shape()); repeats > 0) {
      const T* block = source.data<T>();
      for (Index r = 0; r < repeats; ++r) {
        T* target = into.data<T>() + r * source.size();
        for (Index i = 0; i < source.size(); ++i) target[i] += block[i];
      }
      return;
    }
    // Reducers are left lazy: xtensor 0.24's immediate ones cannot make a result for operands that
    // do not own their storage.
    auto target = view<T>(wide_into);
    const auto values = view<T>(wide_source);
    if (summed.empty())
      xt::noalias(target) += values;
    else
      xt::noalias(target) += xt::sum(values, summed, xt::keep_dims);
  });
}

}  // namespace scanline
