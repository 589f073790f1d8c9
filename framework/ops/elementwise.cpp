#include "scanline/framework/ops/elementwise.hpp"

#include <cmath>

#include "scanline/framework/autograd/make_op.hpp"
#include "scanline/framework/autograd/unary_op.hpp"

namespace scanline {
namespace {

// A number that is an operand is an attribute, "left" or "right" after its side of the operator.

const auto identity = [](auto v) { return v; };
const auto minus = [](auto v) { return -v; };

}  // namespace

Tensor add(const Tensor& a, const Tensor& b) {
  check_defined("add", a, b);
  return make_op("add", {a, b},
                 map("add", {a.value(), b.value()}, [](auto u, auto v) { return u + v; }),
                 [](const Array& grad, InputGrads& inputs) {
                   inputs.add(1, {grad}, identity);
                   inputs.take(0, grad);
                 });
}

Tensor add(const Tensor& x, double constant) {
  const auto plus = [constant](auto v) { return v + static_cast<decltype(v)>(constant); };
  return unary_op("add", x, plus, of_neither(identity), {{"right", constant}});
}

Tensor subtract(const Tensor& a, const Tensor& b) {
  check_defined("subtract", a, b);
  return make_op("subtract", {a, b},
                 map("subtract", {a.value(), b.value()}, [](auto u, auto v) { return u - v; }),
                 [](const Array& grad, InputGrads& inputs) {
                   inputs.add(1, {grad}, minus);
                   inputs.take(0, grad);
                 });
}

Tensor subtract(const Tensor& x, double constant) {
  const auto less = [constant](auto v) { return v - static_cast<decltype(v)>(constant); };
  return unary_op("subtract", x, less, of_neither(identity), {{"right", constant}});
}

Tensor subtract(double constant, const Tensor& x) {
  const auto from = [constant](auto v) { return static_cast<decltype(v)>(constant) - v; };
  return unary_op("subtract", x, from, of_neither(minus), {{"left", constant}});
}

// [multiply]
Tensor multiply(const Tensor& a, const Tensor& b) {
  check_defined("multiply", a, b);
  const auto product = [](auto u, auto v) { return u * v; };
  const Saved as = a.value(), bs = b.value();
  return make_op("multiply", {a, b}, map("multiply", {as, bs}, product),
                 [=](const Array& grad, InputGrads& inputs) {
                   inputs.add(0, {grad, bs}, product);
                   inputs.add(1, {grad, as}, product);
                 });
}
// [multiply]

Tensor multiply(const Tensor& x, double factor) {
  const auto times = [factor](auto v) { return v * static_cast<decltype(v)>(factor); };
  return unary_op("multiply", x, times, of_neither(times), {{"right", factor}});
}

Tensor divide(const Tensor& a, const Tensor& b) {
  check_defined("divide", a, b);
  const Saved as = a.value(), bs = b.value();
  return make_op(
      "divide", {a, b}, map("divide", {as, bs}, [](auto u, auto v) { return u / v; }),
      [=](const Array& grad, InputGrads& inputs) {
        inputs.add(0, {grad, bs}, [](auto g, auto v) { return g / v; });
        inputs.add(1, {grad, as, bs}, [](auto g, auto u, auto v) { return -g * u / (v * v); });
      });
}

Tensor divide(const Tensor& x, double divisor) {
  const auto quotient = [divisor](auto v) { return v / static_cast<decltype(v)>(divisor); };
  return unary_op("divide", x, quotient, of_neither(quotient), {{"right", divisor}});
}

Tensor divide(double dividend, const Tensor& x) {
  const auto quotient = [dividend](auto v) { return static_cast<decltype(v)>(dividend) / v; };
  const auto slope = [dividend](auto g, auto v) {
    return -g * static_cast<decltype(v)>(dividend) / (v * v);
  };
  return unary_op("divide", x, quotient, of_input(slope), {{"left", dividend}});
}

Tensor negate(const Tensor& x) { return unary_op("negate", x, minus, of_neither(minus)); }

Tensor power(const Tensor& x, double exponent) {
  const auto raise = [exponent](auto v) { return std::pow(v, static_cast<decltype(v)>(exponent)); };
  const auto slope = [exponent](auto g, auto v) {
    const auto e = static_cast<decltype(v)>(exponent);
    return e == 0 ? decltype(g){0} : g * e * std::pow(v, e - 1);
  };
  return unary_op("power", x, raise, of_input(slope), {{"right", exponent}});
}

Tensor power(const Tensor& base, const Tensor& exponent) {
  check_defined("power", base, exponent);
  const Saved bases = base.value(), exponents = exponent.value();
  const Saved ys = map("power", {bases, exponents}, [](auto b, auto e) { return std::pow(b, e); });
  const auto base_slope = [](auto g, auto b, auto e) {
    return e == 0 ? decltype(g){0} : g * e * std::pow(b, e - 1);
  };
  const auto exponent_slope = [](auto g, auto b, auto y) {
    return b == 0 ? decltype(g){0} : g * y * std::log(b);
  };
  return make_op("power", {base, exponent}, ys, [=](const Array& grad, InputGrads& inputs) {
    inputs.add(0, {grad, bases, exponents}, base_slope);
    inputs.add(1, {grad, bases, ys}, exponent_slope);
  });
}

// [exp]
Tensor exp(const Tensor& x) {
  return unary_op(
      "exp", x, [](auto v) { return std::exp(v); },
      of_output([](auto g, auto y) { return g * y; }));
}
// [exp]

Tensor log(const Tensor& x) {
  return unary_op(
      "log", x, [](auto v) { return std::log(v); }, of_input([](auto g, auto v) { return g / v; }));
}

Tensor sqrt(const Tensor& x) {
  return unary_op(
      "sqrt", x, [](auto v) { return std::sqrt(v); },
      of_output([](auto g, auto y) { return g / (2 * y); }));
}

Tensor abs(const Tensor& x) {
  return unary_op(
      "abs", x, [](auto v) { return std::abs(v); }, of_input([](auto g, auto v) {
        return v > 0 ? g : v < 0 ? -g : decltype(g){0};
      }));
}

Tensor clamp(const Tensor& x, double low, double high) {
  const auto hold = [=](auto v) {
    using T = decltype(v);
    // A NaN compares false twice and stays one, which std::clamp does not promise.
    if (v < static_cast<T>(low)) return static_cast<T>(low);
    return v > static_cast<T>(high) ? static_cast<T>(high) : v;
  };
  const auto slope = [=](auto g, auto v) {
    using T = decltype(v);
    return v >= static_cast<T>(low) && v <= static_cast<T>(high) ? g : decltype(g){0};
  };
  return unary_op("clamp", x, hold, of_input(slope), {{"low", low}, {"high", high}});
}

Tensor where(const Array& condition, const Tensor& a, const Tensor& b) {
  check_defined("where", condition, a, b);
  const Saved chosen = condition.to(a.dtype());
  const auto choose = [](auto c, auto u, auto v) { return c != 0 ? u : v; };
  return make_op(
      "where", {a, b}, map("where", {chosen, a.value(), b.value()}, choose),
      [chosen](const Array& grad, InputGrads& inputs) {
        inputs.add(0, {grad, chosen}, [](auto g, auto c) { return c != 0 ? g : decltype(g){0}; });
        inputs.add(1, {grad, chosen}, [](auto g, auto c) { return c != 0 ? decltype(g){0} : g; });
      },
      {{"condition", &condition}});
}

}  // namespace scanline
