#include "scanline/framework/core/map.hpp"

#include <algorithm>
#include <array>
#include <numeric>

#include "scanline/framework/core/array_view.hpp"
#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/format.hpp"

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
/// to the other repeats or sums only over leading axes, as with the bias of a layer; else 0.
Index repeats_of(const Shape& block, const Shape& whole) {
  Index leading = 0;
  while (leading < block.rank() && block[leading] == 1) ++leading;
  const Shape inner = block.slice(leading, block.rank());
  const Index outer_rank = whole.rank() - inner.rank();
  if (outer_rank < 0 || whole.slice(outer_rank, whole.rank()) != inner) return 0;
  return whole.slice(0, outer_rank).element_count();
}

// A running float32 sum loses more of each summand the larger it grows. So only short sums are
// running float32 sums, and longer ones are added up in float64. Only the lengths decide, so that
// the same sum has the same bits on any number of threads.

/// The sum of `count` adjacent values. One that is the whole result is added up in float64 even if
/// it is short.
template <class T>
T sum_of(const T* values, Index count, bool is_whole_result) {
  constexpr Index longest_running = 64;
  if (count <= longest_running && !is_whole_result)
    return std::accumulate(values, values + count, T{0});
  return static_cast<T>(std::accumulate(values, values + count, 0.0));
}

/// Adds rows of `columns` values, each `stride` elements after the one before, to a row of sums.
template <class T>
void add_rows(const T* values, Index rows, Index columns, Index stride, T* sums) {
  for (Index row = 0; row < rows; ++row)
    for (Index i = 0; i < columns; ++i) sums[i] += values[row * stride + i];
}

/// The widest rows that are added at once: their totals fit into the first-level cache.
constexpr Index tile_columns = 1024;

/// `add_rows` for any number of rows of at most `tile_columns` columns.
template <class T>
void add_many_rows(const T* values, Index rows, Index columns, Index stride, T* sums) {
  // A batch of training rows is a running sum, which needs no memory beside the result.
  constexpr Index longest_running = 512, block_rows = 64;
  if (rows <= longest_running) return add_rows(values, rows, columns, stride, sums);
  std::array<double, tile_columns> totals;
  std::array<T, tile_columns> block;
  std::copy_n(sums, columns, totals.data());
  for (Index row = 0; row < rows; row += block_rows) {
    std::fill_n(block.data(), columns, T{0});
    add_rows(values + row * stride, std::min(block_rows, rows - row), columns, stride,
             block.data());
    std::transform(block.data(), block.data() + columns, totals.data(), totals.data(),
                   [](T sum, double total) { return total + static_cast<double>(sum); });
  }
  std::transform(totals.data(), totals.data() + columns, sums,
                 [](double total) { return static_cast<T>(total); });
}

/// Adds the sums over the second axis of values (outer, extent, inner) to `sums` (outer, inner).
template <class T>
void add_sums(const T* values, Index outer, Index extent, Index inner, T* sums) {
  for (Index o = 0; o < outer; ++o, values += extent * inner, sums += inner) {
    if (inner == 1) {
      *sums += sum_of(values, extent, outer == 1);
      continue;
    }
    for (Index i = 0; i < inner; i += tile_columns)
      add_many_rows(values + i, extent, std::min(tile_columns, inner - i), inner, sums + i);
  }
}

}  // namespace

Array expand(const Array& array, const Shape& shape) {
  if (array.shape() == shape) return array;
  if (broadcast_shapes("expand", array.shape(), shape) != shape)
    throw Error(fmt::format("expand: {} does not broadcast to {}", array.shape(), shape));
  const Array result(shape, array.dtype());
  if (result.size() == 0) return result;
  dispatch("expand", array.dtype(), [&]<class T>(T) {
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
  into.mark_changed();
  const Array wide_into = with_rank(into, rank), wide_source = with_rank(source, rank);
  const Shape &to = wide_into.shape(), &from = wide_source.shape();

  // The last run of axes that are summed: [begin, end).
  Index end = rank;
  while (end > 0 && !(to[end - 1] == 1 && from[end - 1] != 1)) --end;
  Index begin = end;
  while (begin > 0 && to[begin - 1] == 1) --begin;
  if (begin < end) {
    Shape summed = from;
    for (Index axis = begin; axis < end; ++axis) summed = summed.with(axis, 1);
    const bool is_all = summed == to;
    const Array sums = is_all ? wide_into : Array::zeros(summed, source.dtype());
    dispatch("add_to", source.dtype(), [&]<class T>(T) {
      add_sums(source.data<T>(), from.slice(0, begin).element_count(),
               from.slice(begin, end).element_count(), from.slice(end, rank).element_count(),
               sums.data<T>());
    });
    if (!is_all) add_to(wide_into, sums);  // has further axes to sum over, or to repeat along
    return;
  }

  dispatch("add_to", into.dtype(), [&]<class T>(T) {
    if (const Index repeats = repeats_of(source.shape(), into.shape()); repeats > 0) {
      const T* block = source.data<T>();
      for (Index r = 0; r < repeats; ++r) {
        T* target = into.data<T>() + r * source.size();
        for (Index i = 0; i < source.size(); ++i) target[i] += block[i];
      }
      return;
    }
    auto target = view<T>(wide_into);
    xt::noalias(target) += view<T>(wide_source);
  });
}

}  // namespace scanline
