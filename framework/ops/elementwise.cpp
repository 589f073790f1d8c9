#include "scanline/framework/ops/elementwise.hpp"

#include <cmath>

#include "scanline/framework/autograd/make_op.hpp"

namespace scanline {
namespace {

const auto pass_on = [](auto g) { return g; };

}  // namespace

Tensor add(const Tensor& a, const Tensor& b) {
  check_defined("add", a, b);
  return make_op("add", {a, b},
                 map("add", {a.value(), b.value()}, [](auto u, auto v) { return u + v; }),
                 [](const Array& grad, InputGrads& inputs) {
                   inputs.add(0, {grad}, pass_on);
                   inputs.add(1, {grad}, pass_on);
                 });
}

Tensor add(const Tensor& x, double constant) {
  check_defined("add", x);
  const auto plus = [constant](auto v) { return v + static_cast<decltype(v)>(constant); };
  return make_op("add", {x}, map("add", {x.value()}, plus),
                 [](const Array& grad, InputGrads& inputs) { inputs.add(0, {grad}, pass_on); });
}

Tensor subtract(const Tensor& a, const Tensor& b) {
  check_defined("subtract", a, b);
  return make_op("subtract", {a, b},
                 map("subtract", {a.value(), b.value()}, [](auto u, auto v) { return u - v; }),
                 [](const Array& grad, InputGrads& inputs) {
                   inputs.add(0, {grad}, pass_on);
                   inputs.add(1, {grad}, [](auto g) { return -g; });
                 });
}

Tensor subtract(const Tensor& x, double constant) {
  check_defined("subtract", x);
  const auto less = [constant](auto v) { return v - static_cast<decltype(v)>(constant); };
  return make_op("subtract", {x}, map("subtract", {x.value()}, less),
                 [](const Array& grad, InputGrads& inputs) { inputs.add(0, {grad}, pass_on); });
}

Tensor subtract(double constant, const Tensor& x) {
  check_defined("subtract", x);
  const auto from = [constant](auto v) { return static_cast<decltype(v)>(constant) - v; };
  return make_op("subtract", {x}, map("subtract", {x.value()}, from),
                 [](const Array& grad, InputGrads& inputs) {
                   inputs.add(0, {grad}, [](auto g) { return -g; });
                 });
}

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

Tensor multiply(const Tensor& x, double factor) {
  check_defined("multiply", x);
  const auto times = [factor](auto v) { return v * static_cast<decltype(v)>(factor); };
  return make_op("multiply", {x}, map("multiply", {x.value()}, times),
                 [times](const Array& grad, InputGrads& inputs) { inputs.add(0, {grad}, times); });
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
  check_defined("divide", x);
  const auto quotient = [divisor](auto v) { return v / static_cast<decltype(v)>(divisor); };
  return make_op(
      "divide", {x}, map("divide", {x.value()}, quotient),
      [quotient](const Array& grad, InputGrads& inputs) { inputs.add(0, {grad}, quotient); });
}

Tensor negate(const Tensor& x) {
  check_defined("negate", x);
  const auto minus = [](auto v) { return -v; };
  return make_op("negate", {x}, map("negate", {x.value()}, minus),
                 [=](const Array& grad, InputGrads& inputs) { inputs.add(0, {grad}, minus); });
}

Tensor power(const Tensor& x, double exponent) {
  check_defined("power", x);
  const Saved xs = x.value();
  const auto raise = [exponent](auto v) { return std::pow(v, static_cast<decltype(v)>(exponent)); };
  const auto slope = [exponent](auto g, auto v) {
    const auto e = static_cast<decltype(v)>(exponent);
    return e == 0 ? decltype(g){0} : g * e * std::pow(v, e - 1);
  };
  return make_op("power", {x}, map("power", {xs}, raise),
                 [=](const Array& grad, InputGrads& inputs) {
                   inputs.add(0, {grad, xs}, slope);
                 });
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

Tensor exp(const Tensor& x) {
  check_defined("exp", x);
  const Saved ys = map("exp", {x.value()}, [](auto v) { return std::exp(v); });
  return make_op("exp", {x}, ys, [ys](const Array& grad, InputGrads& inputs) {
    inputs.add(0, {grad, ys}, [](auto g, auto y) { return g * y; });
  });
}

Tensor log(const Tensor& x) {
  check_defined("log", x);
  const Saved xs = x.value();
  return make_op("log", {x}, map("log", {xs}, [](auto v) { return std::log(v); }),
                 [xs](const Array& grad, InputGrads& inputs) {
                   inputs.add(0, {grad, xs}, [](auto g, auto v) { return g / v; });
                 });
}

Tensor sqrt(const Tensor& x) {
  check_defined("sqrt", x);
  const Saved ys = map("sqrt", {x.value()}, [](auto v) { return std::sqrt(v); });
  return make_op("sqrt", {x}, ys, [ys](const Array& grad, InputGrads& inputs) {
    inputs.add(0, {grad, ys}, [](auto g, auto y) { return g / (2 * y); });
  });
}

Tensor abs(const Tensor& x) {
  check_defined("abs", x);
  const Saved xs = x.value();
  return make_op("abs", {x}, map("abs", {xs}, [](auto v) { return std::abs(v); }),
                 [xs](const Array& grad, InputGrads& inputs) {
                   const auto signed_by = [](auto g, auto v) {
                     return v > 0 ? g : v < 0 ? -g : decltype(g){0};
                   };
                   inputs.add(0, {grad, xs}, signed_by);
                 });
}

Tensor clamp(const Tensor& x, double low, double high) {
  check_defined("clamp", x);
  const Saved xs = x.value();
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
  return make_op("clamp", {x}, map("clamp", {xs}, hold),
                 [=](const Array& grad, InputGrads& inputs) {
                   inputs.add(0, {grad, xs}, slope);
                 });
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
      });
}

}  // namespace scanline
