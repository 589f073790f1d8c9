#pragma once

#include <utility>

#include "scanline/framework/autograd/make_op.hpp"

namespace scanline {

// What the gradient of an elementwise op is computed from, besides `g`, the gradient of its output:
// the argument of `unary_op` that says so, and the function that makes it.

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
/// scalars, which serves each floating-point type. Only the input or the output is saved for the
/// backward pass, or neither, as the gradient says:
///
///     Tensor exp(const Tensor& x) {
///       return unary_op("exp", x, [](auto v) { return std::exp(v); },
///                       of_output([](auto g, auto y) { return g * y; }));
///     }
///
/// `name` appears in error messages and must outlive the graph, as a literal does.
/// @throws Error, naming the op, when x is undefined or holds whole numbers.
template <class Fn, class Gradient>
Tensor unary_op(const char* name, const Tensor& x, Fn fn, OfInput<Gradient> gradient) {
  check_defined(name, x);
  const Saved xs = x.value();
  return make_op(name, {x}, map(name, {xs}, fn),
                 [xs, gradient](const Array& grad, InputGrads& inputs) {
                   inputs.add(0, {grad, xs}, gradient.fn);
                 });
}
/// The same, with a gradient that is computed from the output.
template <class Fn, class Gradient>
Tensor unary_op(const char* name, const Tensor& x, Fn fn, OfOutput<Gradient> gradient) {
  check_defined(name, x);
  const Saved ys = map(name, {x.value()}, fn);
  return make_op(name, {x}, ys, [ys, gradient](const Array& grad, InputGrads& inputs) {
    inputs.add(0, {grad, ys}, gradient.fn);
  });
}
/// The same, with a gradient that depends on neither.
template <class Fn, class Gradient>
Tensor unary_op(const char* name, const Tensor& x, Fn fn, OfNeither<Gradient> gradient) {
  check_defined(name, x);
  return make_op(
      name, {x}, map(name, {x.value()}, fn),
      [gradient](const Array& grad, InputGrads& inputs) { inputs.add(0, {grad}, gradient.fn); });
}

}  // namespace scanline
