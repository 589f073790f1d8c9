#pragma once

#include <cmath>
#include <cstdint>

#include "scanline/framework/kernels/detail/vector.hpp"

// Sigmoid, tanh and the rectifier of a vector of numbers. Like everything that is compiled for
// several sets of instructions they are local to the source that includes them.

namespace scanline::kernels {
namespace {

/// Adding 1.5 * 2^23 rounds to the nearest integer, and leaves it in the lowest bits of the sum.
constexpr float rounder = 12582912.0F;

/// 2^(n + r) for n + `rounder` and |r| <= 1/2; n is an integer from -126 to 126. 2^r is the
/// polynomial of degree 5 through 2^0 = 1 with the smallest relative error, 9.2e-8, and 2^n is put
/// together from its bits.
inline Vector<float> exp2_of_parts(Vector<float> shifted_n, Vector<float> r) {
  Vector<float> p = r * 0.0013264727F + 0.009671513F;
  p = p * r + 0.055507336F;
  p = p * r + 0.24022242F;
  p = p * r + 0.693147F;
  p = p * r + 1.0F;
  constexpr std::uint32_t exponent_bias = 127, mantissa_bits = 23;
  using Bits = Vector<std::uint32_t>;
  const Bits power = ((Bits)shifted_n + exponent_bias) << mantissa_bits;
  return p * (Vector<float>)power;
}

/// 2^x; of x beyond +-`bound`, which is at most 126, that of the bound. A NaN stays one.
inline Vector<float> bounded_exp2(Vector<float> x, float bound) {
  x = max(broadcast(-bound), min(broadcast(bound), x));
  const Vector<float> shifted = x + rounder;
  return exp2_of_parts(shifted, x - (shifted - rounder));
}

constexpr float log2_e = 1.44269504F;

// The activations of the recurrent layers. Their absolute error is below 2^-22, and that is all
// that the sums which they go into can tell. Results near 0 have no relative accuracy.

/// 1 / (1 + exp(-x)). Beyond the bound the result is 0 or 1 to within 2^-126.
inline Vector<float> sigmoid(Vector<float> x) {
  return 1.0F / (1.0F + bounded_exp2(x * -log2_e, 126));
}
/// 1 - 2 / (exp(2x) + 1), which cancels near 0. Beyond the bound the result rounds to +-1.
inline Vector<float> tanh(Vector<float> x) {
  return 1.0F - 2.0F / (1.0F + bounded_exp2(x * (2 * log2_e), 30));
}

// The activations of the ops, whose relative error is small too: below 2^-20 for a sigmoid that is
// not denormal, and below 2^-21 for any tanh.

inline Vector<float> accurate_sigmoid(Vector<float> x) {
  // exp(-|x|) is the square of exp(-|x| / 2), which is still a normal number where its square is
  // denormal or 0. With n = round(y / ln 2), exp(y) = 2^n exp(y - n ln 2); ln 2 has two parts, so
  // that the product of n and the first is exact and the difference keeps its digits.
  constexpr float ln2_high = 0x1.62e4p-1F, ln2_low = 1.42860682e-6F;
  const Vector<float> y = max(broadcast(-87.0F), (x < 0.0F ? x : -x) * 0.5F);
  const Vector<float> shifted = y * log2_e + rounder, n = shifted - rounder;
  const Vector<float> root = exp2_of_parts(shifted, (y - n * ln2_high - n * ln2_low) * log2_e);
  const Vector<float> exponential = root * root;
  return (x < 0.0F ? exponential : broadcast(1.0F)) / (1.0F + exponential);
}
inline Vector<float> accurate_tanh(Vector<float> x) {
  // For |x| < 1/2, tanh(x) / x is a polynomial in x^2 with a relative error below 5e-8. It is
  // multiplied by x, not added to it, so that -0 stays -0.
  const Vector<float> square = x * x;
  Vector<float> p = square * 0.0179887451F - 0.0533871092F;
  p = p * square + 0.13330476F;
  p = p * square - 0.333333105F;
  p = p * square + 1.0F;
  return square < 0.25F ? x * p : tanh(x);
}

inline Vector<double> sigmoid(Vector<double> x) {
  for (int i = 0; i < lanes<double>; ++i) x[i] = 1 / (1 + std::exp(-x[i]));
  return x;
}
inline Vector<double> tanh(Vector<double> x) {
  for (int i = 0; i < lanes<double>; ++i) x[i] = std::tanh(x[i]);
  return x;
}

// The standard library's functions of doubles have a small relative error.
inline Vector<double> accurate_sigmoid(Vector<double> x) { return sigmoid(x); }
inline Vector<double> accurate_tanh(Vector<double> x) { return tanh(x); }

template <class T>
inline Vector<T> relu(Vector<T> x) {
  return x < T{0} ? Vector<T>{} : x;
}

}  // namespace
}  // namespace scanline::kernels
