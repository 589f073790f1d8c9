#pragma once

#include <utility>

#include "scanline/framework/autograd/make_op.hpp"

namespace scanline {

// The gradient of an elementwise op is a function of `g`, the gradient of its output, and of the
// input, the output or neither. `of_input`, `of_output` and `of_neither` tell `unary_op` which.

/// Holds a gradient `fn(g, x)` that is computed from the input.
template <class Fn>
struct OfInput {
  Fn fn;  ///< A generic lambda over scalars.
};
/// Holds a gradient `fn(g, y)` that is computed from the output.
template <class Fn>
struct OfOutput {
  Fn fn;  ///< A generic lambda over scalars.
};
/// Holds a gradient `fn(g)` that depends on neither the input nor the output.
template <class Fn>
struct OfNeither {
  Fn fn;  ///< A generic lambda over scalars.
};
/// The gradient is `fn(g, x)`.
template <class Fn>
OfInput<Fn> of_input(Fn fn) {
  return {std::move(fn)};
}
/// The gradient is `fn(g, y)`.
template <class Fn>
OfOutput<Fn> of_output(Fn fn) {
  return {std::move(fn)};
}
/// The gradient is `fn(g)`.
template <class Fn>
OfNeither<Fn> of_neither(Fn fn) {
  return {std::move(fn)};
}

/// An elementwise op of one tensor, y = fn(x), and its gradient. `fn` is a generic lambda over
/// scalars, which serves each floating-point type. Only the array that the gradient needs is saved
/// for the backward pass: the input, the output or neither.
///
///     Tensor exp(const Tensor& x) {
///       return unary_op("exp", x, [](auto v) { return std::exp(v); },
///                       of_output([](auto g, auto y) { return g * y; }));
///     }
///
/// `name` appears in error messages and must outlive the graph, as a literal does. `attributes` are
/// the numbers that `fn` uses, as `make_op` takes them.
/// @throws Error, naming the op, when x is undefined or holds whole numbers.
template <class Fn, class Gradient>
Tensor unary_op(const char* name, const Tensor& x, Fn fn, OfInput<Gradient> gradient,
                Attributes attributes = {}) {
  check_defined(name, x);
  const Saved xs = x.value();
  return make_op(
      name, {x}, map(name, {xs}, fn),
      [xs, gradient](const Array& grad, InputGrads& inputs) {
        inputs.add(0, {grad, xs}, gradient.fn);
      },
      attributes);
}
/// An elementwise op as above, whose gradient is computed from the output.
template <class Fn, class Gradient>
Tensor unary_op(const char* name, const Tensor& x, Fn fn, OfOutput<Gradient> gradient,
                Attributes attributes = {}) {
  check_defined(name, x);
  const Saved ys = map(name, {x.value()}, fn);
  return make_op(
      name, {x}, ys,
      [ys, gradient](const Array& grad, InputGrads& inputs) {
        inputs.add(0, {grad, ys}, gradient.fn);
      },
      attributes);
}
/// An elementwise op as above, whose gradient depends on neither the input nor the output.
template <class Fn, class Gradient>
Tensor unary_op(const char* name, const Tensor& x, Fn fn, OfNeither<Gradient> gradient,
                Attributes attributes = {}) {
  check_defined(name, x);
  return make_op(
      name, {x}, map(name, {x.value()}, fn),
      [gradient](const Array& grad, InputGrads& inputs) { inputs.add(0, {grad}, gradient.fn); },
      attributes);
}

}  // namespace scanline
