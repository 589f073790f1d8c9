#pragma once

#include <cmath>

#include "framework/autograd/make_op.hpp"

namespace custom_layer {

using namespace scanline;

/// x / (1 + |x|), which saturates as tanh does, only more slowly (Glorot and Bengio 2010). Its
/// derivative is 1 / (1 + |x|)^2.
// [softsign]
inline Tensor softsign(const Tensor& x) {
  const Array ys = map("softsign", {x.value()}, [](auto v) { return v / (1 + std::abs(v)); });
  return make_op("softsign", {x}, ys, [xs = x.value()](const Array& grad, InputGrads& inputs) {
    inputs.add(0, {grad, xs},
               [](auto g, auto v) { return g / ((1 + std::abs(v)) * (1 + std::abs(v))); });
  });
}
// [softsign]

}  // namespace custom_layer
