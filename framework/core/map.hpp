#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>
#include <vector>

#include "scanline/framework/core/array.hpp"
#include "scanline/framework/core/parallel.hpp"

namespace scanline {

/// Broadcasts `array` to `shape`: repeats it along the axes in which it has an extent of 1 or which
/// it lacks. Returns the array itself if it has that shape.
/// @throws Error when it does not broadcast to `shape`.
Array expand(const Array& array, const Shape& shape);

/// Adds `source` to `into`, after summing it over the axes in which `into` has an extent of 1 or
/// which `into` lacks, and broadcasting it along the others. This is the transpose of `expand`,
/// which gradients need. Long sums are computed in float64, so that their error does not grow with
/// their length.
/// @throws Error when the shapes do not broadcast.
void add_to(const Array& into, const Array& source);

namespace detail {

/// Adjacent axes of an array that another one is broadcast to: along all of them its elements are
/// repeated, or along none.
struct Run {
  Index extent;      // elements of these axes
  Index stride;      // between the elements in the array that is broadcast; 0 if they are repeated
  bool is_repeated;  // whether they are
};

/// The elements of an array that is broadcast to a shape, piece by piece. Nothing is copied but the
/// pieces.
class Broadcast {
 public:
  /// @throws Error when the array does not broadcast to `shape`.
  Broadcast(const Array& array, const Shape& shape);

  /// The elements [begin, begin + count) in row-major order. They are in `buffer`, or where they
  /// always were. T is the element type.
  template <class T>
  const T* piece(Index begin, Index count, T* buffer) const;

 private:
  template <class T>
  void copy(Index begin, Index count, T* to) const;

  Array array_;
  std::vector<Run> runs_;  // the innermost first; none if the array has the shape
};

template <class T>
const T* Broadcast::piece(Index begin, Index count, T* buffer) const {
  if (runs_.empty()) return array_.data<T>() + begin;
  copy(begin, count, buffer);
  return buffer;
}

/// Calls `body(out, in...)` with a reference to each element of `out` and the corresponding
/// elements of the operands, expanded to its shape, from any thread.
template <std::size_t N, class Body>
void for_each_element(const char* op, const Array& out, const Array (&operands)[N], Body body) {
  dispatch(op, out.dtype(), [&]<class T>(T) {
    const auto loop = [&]<std::size_t... I>(std::index_sequence<I...>) {
      const bool is_plain = ((operands[I].shape() == out.shape()) && ...);
      const Broadcast all[] = {Broadcast(operands[I], out.shape())...};
      const auto run = [body](Index count, T* to, const auto*... from) {
        for (Index i = 0; i < count; ++i) body(to[i], from[i]...);
      };
      constexpr Index worth_waking_a_thread = 1 << 15;
      parallel_for_ranges(out.size(), worth_waking_a_thread, [&](Index begin, Index end) {
        // Pieces of what is stretched stay in the first-level cache.
        constexpr Index piece = 512;
        std::array<T, piece> buffers[N];
        for (Index first = begin, count; first < end; first += count) {
          count = is_plain ? end - first : std::min(piece, end - first);
          run(count, out.data<T>() + first, all[I].piece(first, count, buffers[I].data())...);
        }
      });
    };
    loop(std::make_index_sequence<N>());
  });
}

}  // namespace detail

/// A new array with `fn` applied to each element of the operands, which broadcast as NumPy's do.
/// `fn` is a generic lambda over scalars, so that it serves each floating-point type:
///
///     const Array z = map("multiply", {x, y}, [](auto u, auto v) { return u * v; });
///
/// @throws Error, naming `op`, when the shapes do not broadcast or the element types differ.
template <std::size_t N, class Fn>
Array map(const char* op, const Array (&operands)[N], Fn fn) {
  Shape shape = operands[0].shape();
  for (const Array& operand : operands) {
    check_same_dtype(op, operands[0].dtype(), operand.dtype());
    if (operand.shape() != shape) shape = broadcast_shapes(op, shape, operand.shape());
  }
  const Array result(shape, operands[0].dtype());
  // Operands of one shape are by far the most common. Copying pieces of what has to be stretched
  // keeps the loop a plain one, which compilers turn into vector instructions.
  detail::for_each_element(op, result, operands, [fn](auto& out, auto... in) { out = fn(in...); });
  return result;
}

/// Adds `fn` of the operands' elements to `into`. The operands broadcast, and the result is summed
/// or broadcast as in `add_to`.
/// @throws Error, naming `op`, as `map` does.
template <std::size_t N, class Fn>
void accumulate(const char* op, const Array& into, const Array (&operands)[N], Fn fn) {
  Shape shape = operands[0].shape();
  for (const Array& operand : operands) {
    check_same_dtype(op, into.dtype(), operand.dtype());
    if (operand.shape() != shape) shape = broadcast_shapes(op, shape, operand.shape());
  }
  if (shape != into.shape()) {
    add_to(into, map(op, operands, fn));
    return;
  }
  into.mark_changed();
  detail::for_each_element(op, into, operands, [fn](auto& out, auto... in) { out += fn(in...); });
}

}  // namespace scanline
