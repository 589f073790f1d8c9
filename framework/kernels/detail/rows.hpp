#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>

#include "scanline/framework/kernels/detail/activations.hpp"
#include "scanline/framework/kernels/detail/row_kernels.hpp"
#include "scanline/framework/kernels/detail/vector.hpp"

// Softmax and layer normalisation of the rows of a matrix. Like everything that is compiled for
// several sets of instructions this is local to the source that includes it.

namespace scanline::kernels {
namespace {

/// The next elements of a row of which `left` are left, and `rest` in the lanes behind them.
template <class T>
inline Vector<T> load_row(const T* from, std::int64_t left, T rest) {
  if (left >= lanes<T>) return load(from);
  Vector<T> v = broadcast(rest);
  for (std::int64_t i = 0; i < left; ++i) v[i] = from[i];
  return v;
}
template <class T>
inline void store_row(T* to, Vector<T> v, std::int64_t left) {
  store_first(to, v, min<std::int64_t>(left, lanes<T>));
}
#if defined(__AVX512F__)
inline __mmask16 first_lanes(std::int64_t left) { return static_cast<__mmask16>((1U << left) - 1); }
inline Vector<float> load_row(const float* from, std::int64_t left, float rest) {
  if (left >= lanes<float>) return load(from);
  return _mm512_mask_loadu_ps(broadcast(rest), first_lanes(left), from);
}
inline void store_row(float* to, Vector<float> v, std::int64_t left) {
  if (left >= lanes<float>) return store(to, v);
  _mm512_mask_storeu_ps(to, first_lanes(left), v);
}
#endif

inline Vector<double> max(Vector<double> a, Vector<double> b) { return a > b ? a : b; }

template <int distance, class V, int... lane>
inline V rotate_lanes(V v, std::integer_sequence<int, lane...>) {
  return __builtin_shufflevector(v, v, ((lane + distance) % int{sizeof...(lane)})...);
}
/// `combine` of all lanes, in every lane.
template <class T, int distance = lanes<T> / 2, class Combine>
inline Vector<T> reduce_lanes(Vector<T> v, Combine combine) {
  if constexpr (distance == 0)
    return v;
  else
    return reduce_lanes<T, distance / 2>(
        combine(v, rotate_lanes<distance>(v, std::make_integer_sequence<int, lanes<T>>())),
        combine);
}
template <class T>
inline Vector<T> sum_of_lanes(Vector<T> v) {
  return reduce_lanes<T>(v, [](Vector<T> a, Vector<T> b) { return a + b; });
}
template <class T>
inline Vector<T> largest_lane(Vector<T> v) {
  return reduce_lanes<T>(v, [](Vector<T> a, Vector<T> b) { return max(a, b); });
}

/// exp(x) for x that are not positive, with a relative error below 2^-21; 0 below -87.
inline Vector<float> exp_of_negative(Vector<float> x) {
  constexpr float ln2_high = 0x1.62e4p-1F, ln2_low = 1.42860682e-6F, least = -87;
  const Vector<float> y = max(broadcast(least), x);
  const Vector<float> shifted = y * log2_e + rounder, n = shifted - rounder;
  const Vector<float> power = exp2_of_parts(shifted, (y - n * ln2_high - n * ln2_low) * log2_e);
  return x < least ? Vector<float>{} : power;
}
inline Vector<double> exp_of_negative(Vector<double> x) {
  for (int i = 0; i < lanes<double>; ++i) x[i] = std::exp(x[i]);
  return x;
}

template <class T>
void softmax_rows(const T* x, std::int64_t rows, std::int64_t columns, T* y) {
  constexpr T lowest = -std::numeric_limits<T>::infinity();
  for (std::int64_t row = 0; row < rows; ++row, x += columns, y += columns) {
    Vector<T> largest = load_row(x, columns, lowest);
    for (std::int64_t i = lanes<T>; i < columns; i += lanes<T>)
      largest = max(largest, load_row(x + i, columns - i, lowest));
    largest = largest_lane<T>(largest);
    Vector<T> sum{};
    for (std::int64_t i = 0; i < columns; i += lanes<T>) {
      const Vector<T> power = exp_of_negative(load_row(x + i, columns - i, lowest) - largest);
      store_row(y + i, power, columns - i);
      sum += power;
    }
    const Vector<T> scale = T{1} / sum_of_lanes<T>(sum);
    for (std::int64_t i = 0; i < columns; i += lanes<T>)
      store_row(y + i, load_row(y + i, columns - i, T{0}) * scale, columns - i);
  }
}

template <class T>
void softmax_rows_backward(const T* dy, const T* y, std::int64_t rows, std::int64_t columns,
                           T* dx) {
  for (std::int64_t row = 0; row < rows; ++row, dy += columns, y += columns, dx += columns) {
    Vector<T> sum{};
    for (std::int64_t i = 0; i < columns; i += lanes<T>)
      sum += load_row(dy + i, columns - i, T{0}) * load_row(y + i, columns - i, T{0});
    sum = sum_of_lanes<T>(sum);
    for (std::int64_t i = 0; i < columns; i += lanes<T>)
      store_row(dx + i,
                load_row(y + i, columns - i, T{0}) * (load_row(dy + i, columns - i, T{0}) - sum),
                columns - i);
  }
}

inline float square_root(float x) { return __builtin_sqrtf(x); }
inline double square_root(double x) { return __builtin_sqrt(x); }

template <class T>
void layer_norm_rows(const T* x, const T* weight, const T* bias, T epsilon, std::int64_t rows,
                     std::int64_t columns, T* y, T* statistics) {
  const T count = static_cast<T>(columns);
  for (std::int64_t row = 0; row < rows; ++row, x += columns, y += columns, statistics += 3) {
    Vector<T> sum{};
    for (std::int64_t i = 0; i < columns; i += lanes<T>) sum += load_row(x + i, columns - i, T{0});
    const T mean = sum_of_lanes<T>(sum)[0] / count;
    // The mean is rounded, and may be far larger than the deviations from it. Their own mean is
    // what was lost.
    Vector<T> deviations{}, squares{};
    for (std::int64_t i = 0; i < columns; i += lanes<T>) {
      const Vector<T> deviation = load_row(x + i, columns - i, mean) - mean;
      deviations += deviation;
      squares += deviation * deviation;
    }
    const T lost = sum_of_lanes<T>(deviations)[0] / count;
    const T variance = sum_of_lanes<T>(squares)[0] / count - lost * lost;
    const T scale = 1 / square_root((variance < 0 ? T{0} : variance) + epsilon);
    statistics[0] = mean;
    statistics[1] = lost;
    statistics[2] = scale;
    for (std::int64_t i = 0; i < columns; i += lanes<T>) {
      const std::int64_t left = columns - i;
      const Vector<T> normal = (load_row(x + i, left, T{0}) - mean - lost) * scale;
      store_row(y + i, normal * load_row(weight + i, left, T{0}) + load_row(bias + i, left, T{0}),
                left);
    }
  }
}

template <class T>
void layer_norm_rows_backward(const T* dy, const T* x, const T* weight, const T* statistics,
                              std::int64_t rows, std::int64_t columns, T* dx, T* dweight,
                              T* dbias) {
  const T count = static_cast<T>(columns);
  for (std::int64_t row = 0; row < rows; ++row) {
    const T mean = statistics[0], lost = statistics[1], scale = statistics[2];
    const auto normal = [&](std::int64_t i) {
      return (load_row(x + i, columns - i, mean) - mean - lost) * scale;
    };
    // With g = dy weight, dx = scale (g - mean(g) - normal mean(g normal)).
    Vector<T> sum{}, products{};
    for (std::int64_t i = 0; i < columns; i += lanes<T>) {
      const std::int64_t left = columns - i;
      const Vector<T> gradient = load_row(dy + i, left, T{0}), value = normal(i);
      const Vector<T> g = gradient * load_row(weight + i, left, T{0});
      sum += g;
      products += g * value;
      store_row(dweight + i, load_row(dweight + i, left, T{0}) + gradient * value, left);
      store_row(dbias + i, load_row(dbias + i, left, T{0}) + gradient, left);
    }
    const T mean_g = sum_of_lanes<T>(sum)[0] / count;
    const T mean_product = sum_of_lanes<T>(products)[0] / count;
    for (std::int64_t i = 0; i < columns; i += lanes<T>) {
      const std::int64_t left = columns - i;
      const Vector<T> g = load_row(dy + i, left, T{0}) * load_row(weight + i, left, T{0});
      store_row(dx + i, scale * (g - mean_g - normal(i) * mean_product), left);
    }
    dy += columns;
    x += columns;
    dx += columns;
    statistics += 3;
  }
}

/// The kernels as this source is compiled.
template <class T>
constexpr RowKernels<T> compiled_row_kernels() {
  return {.softmax = softmax_rows<T>,
          .softmax_backward = softmax_rows_backward<T>,
          .layer_norm = layer_norm_rows<T>,
          .layer_norm_backward = layer_norm_rows_backward<T>};
}

}  // namespace
}  // namespace scanline::kernels
