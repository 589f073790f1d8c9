#pragma once

#include <cmath>
#include <cstdint>
#include <utility>
#if defined(__SSE__)
#include <immintrin.h>
#endif

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
  typedef T in_memory __attribute__((vector_size(register_bytes), aligned(alignof(T))));
};
template <class T>
using Vector = typename VectorOf<T>::type;
/// Elements of a vector.
template <class T>
constexpr int lanes = register_bytes / static_cast<int>(sizeof(T));

// Unlike memcpy, which might write to anything, these tell the compiler that a store of numbers
// changes no pointer and no index.
template <class T>
inline Vector<T> load(const T* from) {
  return *reinterpret_cast<const typename VectorOf<T>::in_memory*>(from);
}
template <class T>
inline void store(T* to, Vector<T> v) {
  *reinterpret_cast<typename VectorOf<T>::in_memory*>(to) = v;
}
/// Ask for the cache line of an address that will be stored to, or loaded from. GCC drops calls of
/// functions that do nothing but fetch, as if these had no effect; the empty instruction is one.
inline void fetch_to_write(const void* address) {
  __builtin_prefetch(address, 1);
  asm volatile("");
}
inline void fetch_to_read(const void* address) {
  constexpr int second_level = 2;  // the first is full of what a product reads again and again
  __builtin_prefetch(address, 0, second_level);
  asm volatile("");
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
/// sum + a * b.
template <class V>
inline V multiply_add(V sum, V a, V b) {
  return sum + a * b;
}
#if defined(__AVX512BF16__)
/// Two numbers in bfloat16, the upper halves of floats; the first one in the lower bits.
using Bfloat16Pair = std::uint32_t;
/// sum + the products of both numbers of each pair.
inline Vector<float> multiply_add(Vector<float> sum, Vector<Bfloat16Pair> a,
                                  Vector<Bfloat16Pair> b) {
  return _mm512_dpbf16_ps(sum, (__m512bh)a, (__m512bh)b);
}
#endif
template <class T>
inline Vector<T> broadcast(T value) {
  return value - Vector<T>{};  // unlike value + 0, which is not -0 for -0, this costs nothing
}

/// Swaps the lanes of a that have the bit `distance` in their number with those of b that do not.
template <int distance, class V, int... lane>
inline void swap_lanes(V& a, V& b, std::integer_sequence<int, lane...>) {
  constexpr int count = sizeof...(lane);
  const V lower =
      __builtin_shufflevector(a, b, ((lane & distance) != 0 ? count + lane - distance : lane)...);
  b = __builtin_shufflevector(a, b, ((lane & distance) != 0 ? count + lane : lane + distance)...);
  a = lower;
}
/// Transposes a square of numbers, one row a vector, by swapping its quarters off the diagonal,
/// then theirs, down to single numbers.
template <int distance, class V, int count>
inline __attribute__((always_inline)) void transpose_quarters(V (&rows)[count]) {
  if constexpr (distance > 0) {
#pragma GCC unroll 16
    for (int i = 0; i < count; ++i)
      if ((i & distance) == 0)
        swap_lanes<distance>(rows[i], rows[i + distance], std::make_integer_sequence<int, count>());
    transpose_quarters<distance / 2>(rows);
  }
}

template <class T>
constexpr T min(T a, T b) {
  return b < a ? b : a;
}
template <class T>
constexpr T max(T a, T b) {
  return a < b ? b : a;
}

#if defined(__AVX512F__)
constexpr __mmask16 every_lane = 0xFFFF;  // GCC warns of the unmasked intrinsics' own variables
#endif
/// The smaller and the larger of each pair; b where one of them is not a number. GCC does not make
/// the instructions from `a < b ? a : b`.
inline Vector<float> min(Vector<float> a, Vector<float> b) {
#if defined(__AVX512F__)
  return _mm512_maskz_min_ps(every_lane, a, b);
#elif defined(__AVX__)
  return _mm256_min_ps(a, b);
#elif defined(__SSE__)
  return _mm_min_ps(a, b);
#else
  return a < b ? a : b;
#endif
}
inline Vector<float> max(Vector<float> a, Vector<float> b) {
#if defined(__AVX512F__)
  return _mm512_maskz_max_ps(every_lane, a, b);
#elif defined(__AVX__)
  return _mm256_max_ps(a, b);
#elif defined(__SSE__)
  return _mm_max_ps(a, b);
#else
  return a > b ? a : b;
#endif
}

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
