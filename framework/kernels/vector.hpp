#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>

// Vectors of numbers as wide as the registers of the instruction set that a source is compiled for,
// by the vector extension of GCC and Clang, and the activations on them. Everything here is local
// to its source, since sources are compiled for different instruction sets.

namespace scanline::kernels {
namespace {

#if defined(__AVX512F__)
constexpr int register_bytes = 64;
#elif defined(__AVX__)
constexpr int register_bytes = 32;
#else
constexpr int register_bytes = 16;
#endif

template <class T>
struct VectorOf {
  typedef T type __attribute__((vector_size(register_bytes)));
};
template <class T>
using Vector = typename VectorOf<T>::type;
/// Elements of a vector.
template <class T>
constexpr int lanes = register_bytes / static_cast<int>(sizeof(T));

// memcpy is how standard C++ spells an unaligned load or store; it becomes one instruction.
template <class T>
inline Vector<T> load(const T* from) {
  Vector<T> v;
  std::memcpy(&v, from, sizeof v);
  return v;
}
template <class T>
inline void store(T* to, Vector<T> v) {
  std::memcpy(to, &v, sizeof v);
}
/// The first `count` elements, 0 < count <= lanes; zeros behind them.
template <class T>
inline Vector<T> load_first(const T* from, std::int64_t count) {
  if (count == lanes<T>) return load(from);
  Vector<T> v{};
  for (std::int64_t i = 0; i < count; ++i) v[i] = from[i];
  return v;
}
template <class T>
inline void store_first(T* to, Vector<T> v, std::int64_t count) {
  if (count == lanes<T>) return store(to, v);
  for (std::int64_t i = 0; i < count; ++i) to[i] = v[i];
}
template <class T>
inline Vector<T> broadcast(T value) {
  return value - Vector<T>{};  // unlike value + 0, which is not -0 for -0, this costs nothing
}

/// exp(x) for |x| <= 88.
/// x = n ln 2 + r with |r| <= ln 2 / 2; exp(r) is the Taylor polynomial of degree 7, whose
/// remainder there is below 1e-8, and 2^n is put together from its bits.
inline Vector<float> bounded_exp(Vector<float> x) {
  constexpr float log2_e = 1.44269504F;
  // ln 2 in two parts: n * high is exact, since high has few bits.
  constexpr float ln2_high = 0.693359375F, ln2_low = -2.12194440e-4F;
  // Adding 1.5 * 2^23 rounds to the nearest integer, and leaves it in the lowest bits of the sum.
  constexpr float rounder = 12582912.0F;
  const Vector<float> shifted = x * log2_e + rounder;
  const Vector<float> n = shifted - rounder;
  const Vector<float> r = (x - n * ln2_high) - n * ln2_low;
  Vector<float> p = r * (1.0F / 5040) + 1.0F / 720;
  p = p * r + 1.0F / 120;
  p = p * r + 1.0F / 24;
  p = p * r + 1.0F / 6;
  p = p * r + 0.5F;
  p = p * r + 1.0F;
  p = p * r + 1.0F;
  constexpr std::uint32_t exponent_bias = 127, mantissa_bits = 23;
  using Bits = Vector<std::uint32_t>;
  const Bits power = ((Bits)shifted + exponent_bias) << mantissa_bits;
  return p * (Vector<float>)power;
}

/// `x` held within [-bound, bound]; a NaN stays what it is, since it compares false.
inline Vector<float> bounded(Vector<float> x, float bound) {
  const Vector<float> high = broadcast(bound), low = broadcast(-bound);
  const Vector<float> below = x > high ? high : x;
  return below < low ? low : below;
}

/// 1 / (1 + exp(-x)), to within 2^-22 for floats.
inline Vector<float> sigmoid(Vector<float> x) {
  // Beyond +-87 the result is 0 or 1 to within 2^-100.
  return 1.0F / (1.0F + bounded_exp(bounded(-x, 87)));
}
inline Vector<float> tanh(Vector<float> x) {
  // tanh(x) = 1 - 2 / (exp(2x) + 1) cancels near zero: the absolute error stays small there, but
  // not the relative one. Beyond +-10 the result rounds to +-1.
  return 1.0F - 2.0F / (bounded_exp(2.0F * bounded(x, 10)) + 1.0F);
}

inline Vector<double> sigmoid(Vector<double> x) {
  for (int i = 0; i < lanes<double>; ++i) x[i] = 1 / (1 + std::exp(-x[i]));
  return x;
}
inline Vector<double> tanh(Vector<double> x) {
  for (int i = 0; i < lanes<double>; ++i) x[i] = std::tanh(x[i]);
  return x;
}

template <class T>
inline Vector<T> relu(Vector<T> x) {
  return x < T{0} ? Vector<T>{} : x;
}

}  // namespace
}  // namespace scanline::kernels
