#pragma once

#include "framework/core/array.hpp"

namespace scanline {

/// `array` repeated along the axes in which it has an extent of 1, or which it lacks, to `shape`;
/// the array itself where nothing is to be done.
/// @throws Error when it does not broadcast to `shape`.
Array expand(const Array& array, const Shape& shape);

/// `into` += `source`, which is summed over the axes that `into` lacks (or has with extent 1) and
/// repeated along those that it lacks itself: the transpose of `expand`, as gradients need it.
/// @throws Error when the shapes do not broadcast.
void add_to(const Array& into, const Array& source);

/// A new array with `fn` applied to each element of `first` and `rest`, which broadcast as NumPy's
/// operands do. `fn` is a generic lambda over scalars, `[](auto a, auto b) { return a * b; }`.
/// @throws Error, naming `op`, when the shapes do not broadcast or the element types differ.
template <class Fn, class... Rest>
Array map(const char* op, Fn fn, const Array& first, const Rest&... rest) {
  (check_same_dtype(op, first.dtype(), rest.dtype()), ...);
  Shape shape = first.shape();
  ((shape = broadcast_shapes(op, shape, rest.shape())), ...);
  Array result(shape, first.dtype());
  // Operands of one shape are by far the most common. Copying what has to be stretched keeps the
  // loop a plain one, which compilers turn into vector instructions.
  const auto apply = [&, fn](auto* out, const auto*... in) {
    for (Index i = 0; i < result.size(); ++i) out[i] = fn(in[i]...);
  };
  dispatch(op, first.dtype(), [&](auto zero) {
    using T = decltype(zero);
    apply(result.data<T>(), expand(first, shape).template data<T>(),
          expand(rest, shape).template data<T>()...);
  });
  return result;
}

/// `into` += `fn` of each element of the operands, which broadcast; the result is summed or
/// repeated as `add_to` does.
/// @throws Error, naming `op`, as `map` does.
template <class Fn, class... Rest>
void accumulate(const char* op, const Array& into, Fn fn, const Array& first, const Rest&... rest) {
  check_same_dtype(op, into.dtype(), first.dtype());
  (check_same_dtype(op, into.dtype(), rest.dtype()), ...);
  const bool same_shapes =
      ((first.shape() == into.shape()) && ... && (rest.shape() == into.shape()));
  if (!same_shapes) {
    add_to(into, map(op, fn, first, rest...));
    return;
  }
  const auto apply = [&, fn](auto* out, const auto*... in) {
    for (Index i = 0; i < into.size(); ++i) out[i] += fn(in[i]...);
  };
  dispatch(op, into.dtype(), [&](auto zero) {
    using T = decltype(zero);
    apply(into.data<T>(), first.data<T>(), rest.template data<T>()...);
  });
}

}  // namespace scanline
