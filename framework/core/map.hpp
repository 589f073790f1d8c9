#pragma once

#include <cstddef>
#include <utility>

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

/// Calls `body(out, in...)` with a reference to each element of `out` and the corresponding
/// elements of the operands, expanded to its shape, from any thread.
template <std::size_t N, class Body>
void for_each_element(const char* op, const Array& out, const Array (&operands)[N], Body body) {
  dispatch(op, out.dtype(), [&]<class T>(T) {
    const auto loop = [&]<std::size_t... I>(std::index_sequence<I...>) {
      const Array expanded[] = {expand(operands[I], out.shape())...};
      const auto run = [body](Index count, T* to, const auto*... from) {
        for (Index i = 0; i < count; ++i) body(to[i], from[i]...);
      };
      constexpr Index worth_waking_a_thread = 1 << 15;
      parallel_for_ranges(out.size(), worth_waking_a_thread, [&](Index begin, Index end) {
        run(end - begin, out.data<T>() + begin,
            static_cast<const T*>(expanded[I].template data<T>()) + begin...);
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
    shape = broadcast_shapes(op, shape, operand.shape());
  }
  const Array result(shape, operands[0].dtype());
  // Operands of one shape are by far the most common. Copying what has to be stretched keeps the
  // loop a plain one, which compilers turn into vector instructions.
  detail::for_each_element(op, result, operands, [fn](auto& out, auto... in) { out = fn(in...); });
  return result;
}

/// Adds `fn` of the operands' elements to `into`. The operands broadcast, and the result is summed
/// or broadcast as in `add_to`.
/// @throws Error, naming `op`, as `map` does.
template <std::size_t N, class Fn>
void accumulate(const char* op, const Array& into, const Array (&operands)[N], Fn fn) {
  for (const Array& operand : operands) {
    check_same_dtype(op, into.dtype(), operand.dtype());
    if (operand.shape() != into.shape()) {
      add_to(into, map(op, operands, fn));
      return;
    }
  }
  into.mark_changed();
  detail::for_each_element(op, into, operands, [fn](auto& out, auto... in) { out += fn(in...); });
}

}  // namespace scanline
