#pragma once

#include <cstdint>
#include <utility>
#if defined(__SSE__)
#include <immintrin.h>
#endif

// Vectors of numbers as wide as the registers of the instruction set that a source is compiled for,
// by the vector extension of GCC and Clang. Everything here is local to its source, since sources
// are compiled for different instruction sets.

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

}  // namespace
}  // namespace scanline::kernels
