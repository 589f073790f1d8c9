#pragma once

#include <cmath>

#include "scanline/framework/autograd/unary_op.hpp"

namespace custom_layer {

using namespace scanline;

/// x / (1 + |x|), which saturates as tanh does, only more slowly (Glorot and Bengio 2010). Its
/// derivative is 1 / (1 + |x|)^2, which is (1 - |y|)^2 for the value y.
// [softsign]
inline Tensor softsign(const Tensor& x) {
  return unary_op(
      "softsign", x, [](auto v) { return v / (1 + std::abs(v)); },
      of_output([](auto g, auto y) { return g * (1 - std::abs(y)) * (1 - std::abs(y)); }));
}
// [softsign]

}  // namespace custom_layer
