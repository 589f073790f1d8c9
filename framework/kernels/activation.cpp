#include "framework/kernels/activation.hpp"

#include <bit>
#include <cmath>

namespace scanline::kernels {
namespace {

/// exp(x) for |x| <= 88, without branches, so that loops over it become vector code.
/// x = n ln 2 + r with |r| <= ln 2 / 2; exp(r) is the Taylor polynomial of degree 7, whose
/// remainder there is below 1e-8, and 2^n is put together from its bits.
inline float bounded_exp(float x) {
  constexpr float log2_e = 1.44269504F;
  // ln 2 in two parts: n * high is exact, since high has few bits.
  constexpr float ln2_high = 0.693359375F, ln2_low = -2.12194440e-4F;
  // Adding 1.5 * 2^23 rounds to the nearest integer, and leaves it in the lowest bits of the sum.
  constexpr float rounder = 12582912.0F;
  const float shifted = x * log2_e + rounder;
  const float n = shifted - rounder;
  const float r = (x - n * ln2_high) - n * ln2_low;
  float p = 1.0F / 5040;
  p = p * r + 1.0F / 720;
  p = p * r + 1.0F / 120;
  p = p * r + 1.0F / 24;
  p = p * r + 1.0F / 6;
  p = p * r + 0.5F;
  p = p * r + 1;
  p = p * r + 1;
  constexpr std::uint32_t exponent_bias = 127, mantissa_bits = 23;
  const std::uint32_t exponent = std::bit_cast<std::uint32_t>(shifted) + exponent_bias;
  return p * std::bit_cast<float>(exponent << mantissa_bits);
}

/// `x` held within [-bound, bound]; a NaN stays what it is, since it compares false.
inline float bounded(float x, float bound) {
  const float below = x > bound ? bound : x;
  return below < -bound ? -bound : below;
}

}  // namespace

void sigmoid(const float* in, float* out, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) {
    // Beyond +-87 the result is 0 or 1 to within 2^-100.
    out[i] = 1 / (1 + bounded_exp(bounded(-in[i], 87)));
  }
}

void sigmoid(const double* in, double* out, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) out[i] = 1 / (1 + std::exp(-in[i]));
}

void tanh(const float* in, float* out, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) {
    // tanh(x) = 1 - 2 / (exp(2x) + 1) cancels near zero: the absolute error stays small there, but
    // not the relative one. Beyond +-10 the result rounds to +-1.
    out[i] = 1 - 2 / (bounded_exp(2 * bounded(in[i], 10)) + 1);
  }
}

void tanh(const double* in, double* out, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) out[i] = std::tanh(in[i]);
}

}  // namespace scanline::kernels
