#include "scanline/framework/core/map.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <vector>

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

using detail::Run;

/// The axes of `target` in as few runs as possible, the innermost first. `source` broadcasts to it.
std::vector<Run> runs_of(const Shape& source, const Shape& target) {
  std::vector<Run> runs;
  Index stride = 1;
  for (Index axis = -1; axis >= -target.rank(); --axis) {
    const Index own = axis >= -source.rank() ? source[axis] : 1, extent = target[axis];
    if (extent == 1) continue;
    const bool is_repeated = own == 1;
    if (!runs.empty() && runs.back().is_repeated == is_repeated)
      runs.back().extent *= extent;
    else
      runs.push_back({extent, is_repeated ? 0 : stride, is_repeated});
    stride *= own;
  }
  if (runs.empty()) runs.push_back({1, 1, false});
  return runs;
}

/// Calls `store(element, value)` for each element from `to` on, with the value that broadcasting
/// puts there. `run` is the outermost of `depth` runs. Returns the end of the elements.
template <class T, class Store>
T* store_runs(const Run* run, std::size_t depth, const T* from, T* to, Store store) {
  const Index extent = run->extent;
  if (depth > 1) {
    for (Index i = 0; i < extent; ++i)
      to = store_runs(run - 1, depth - 1, from + i * run->stride, to, store);
    return to;
  }
  if (run->is_repeated)
    for (Index i = 0; i < extent; ++i) store(to[i], *from);
  else
    for (Index i = 0; i < extent; ++i) store(to[i], from[i]);
  return to + extent;
}

/// `store_runs` for all elements of `target`, which `source` broadcasts to. Neither is empty.
template <class T, class Store>
void store_expanded(const Array& source, const Array& target, Store store) {
  const std::vector<Run> runs = runs_of(source.shape(), target.shape());
  store_runs(&runs.back(), runs.size(), static_cast<const T*>(source.data<T>()), target.data<T>(),
             store);
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
  // Several totals, since each addition to a single one would wait for the addition before.
  constexpr Index totals = 8;
  std::array<double, totals> sums{};
  Index i = 0;
  for (; i + totals <= count; i += totals)
    for (Index k = 0; k < totals; ++k)
      sums[static_cast<std::size_t>(k)] += static_cast<double>(values[i + k]);
  const double rest = std::accumulate(values + i, values + count, 0.0);
  return static_cast<T>(std::accumulate(sums.begin(), sums.end(), rest));
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

namespace detail {

Broadcast::Broadcast(const Array& array, const Shape& shape) : array_(array) {
  if (array.shape() == shape) return;
  if (broadcast_shapes("expand", array.shape(), shape) != shape)
    throw Error(fmt::format("expand: {} does not broadcast to {}", array.shape(), shape));
  runs_ = runs_of(array.shape(), shape);
}

template <class T>
void Broadcast::copy(Index begin, Index count, T* to) const {
  const Run& inner = runs_.front();
  std::array<Index, Shape::max_rank> position{};  // in each of the other runs
  Index in_run = begin % inner.extent, offset = 0, left = begin / inner.extent;
  for (std::size_t i = 1; i < runs_.size(); ++i) {
    position[i] = left % runs_[i].extent;
    offset += position[i] * runs_[i].stride;
    left /= runs_[i].extent;
  }
  for (const T* const end = to + count; to < end; in_run = 0) {
    const Index now = std::min<Index>(inner.extent - in_run, end - to);
    const T* const from = array_.data<T>() + offset;
    if (inner.is_repeated)
      std::fill_n(to, now, *from);
    else
      std::copy_n(from + in_run, now, to);
    to += now;
    for (std::size_t i = 1; i < runs_.size(); ++i) {  // to the next ones, as an odometer turns
      offset += runs_[i].stride;
      if (++position[i] < runs_[i].extent) break;
      offset -= runs_[i].stride * runs_[i].extent;
      position[i] = 0;
    }
  }
}

template void Broadcast::copy(Index begin, Index count, float* to) const;
template void Broadcast::copy(Index begin, Index count, double* to) const;

}  // namespace detail

Array expand(const Array& array, const Shape& shape) {
  if (array.shape() == shape) return array;
  if (broadcast_shapes("expand", array.shape(), shape) != shape)
    throw Error(fmt::format("expand: {} does not broadcast to {}", array.shape(), shape));
  const Array result(shape, array.dtype());
  if (result.size() == 0) return result;
  dispatch("expand", array.dtype(), [&]<class T>(T) {
    store_expanded<T>(array, result, [](T& element, T value) { element = value; });
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
    store_expanded<T>(source, into, [](T& element, T value) { element += value; });
  });
}

}  // namespace scanline
