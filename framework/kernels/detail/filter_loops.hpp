#pragma once

#include <cstdint>

#include "scanline/framework/kernels/detail/filters.hpp"
#include "scanline/framework/kernels/detail/tiles.hpp"
#include "scanline/framework/kernels/detail/vector.hpp"

// The products of a convolution. In short, without tiles:
//
//     apply_filters:         out[f][p] = bias[f] + sum_k filter[f][k] in[offsets[k] + p]
//     add_filter_gradients:  dfilter[f][k] += sum_p grad[f][p] in[offsets[k] + p]
//
// The lanes of a vector are neighbouring positions, so an image needs no other layout than rows.
// Like everything that is compiled for several sets of instructions these loops are local to the
// source that includes them.

namespace scanline::kernels {
namespace {

template <class T>
void pack_filters(Index count, Index depth, const T* filters, T* packed) {
  for_each_tile(count, [&](Index first, auto tile_size) {
    for (Index k = 0; k < depth; ++k)
      for (int f = 0; f < tile_size.value; ++f) *packed++ = filters[(first + f) * depth + k];
  });
}

// What a tile of the output is computed from has to fit into the first-level cache, so the sums of
// a deep filter are computed in parts of at most so many weights.
constexpr Index most_depth = 128;

/// Adds some weights' part of a tile of the output, `Rows` filters times `Count` vectors of
/// positions; the first part begins with the bias. A function of its own, so that all its sums stay
/// in registers.
template <int Rows, int Count, class T>
__attribute__((noinline)) void apply_tile(Index depth, const T* packed, const Index* offsets,
                                          const T* bias, bool is_first, const T* in, T* out,
                                          Index out_stride) {
  Vector<T> sums[Rows][Count] = {};
  if (!is_first) {
    load_sums(sums, out, out_stride);
  } else if (bias != nullptr) {
#pragma GCC unroll 8
    for (int f = 0; f < Rows; ++f)
#pragma GCC unroll 8
      for (int v = 0; v < Count; ++v) sums[f][v] = broadcast(bias[f]);
  }
  for (Index k = 0; k < depth; ++k) {
    const T* const at = in + offsets[k];
    Vector<T> numbers[Count];
#pragma GCC unroll 8
    for (int v = 0; v < Count; ++v) numbers[v] = load(at + v * lanes<T>);
#pragma GCC unroll 8
    for (int f = 0; f < Rows; ++f) {
      const Vector<T> weight = broadcast(packed[k * Rows + f]);
#pragma GCC unroll 8
      for (int v = 0; v < Count; ++v) sums[f][v] = multiply_add(sums[f][v], weight, numbers[v]);
    }
  }
  store_sums(sums, out, out_stride);
}

template <class T>
void apply_filters(const Filters<T>& filters, const T* bias, const T* in, Index positions, T* out,
                   Index out_stride) {
  const Index depth = filters.depth, parts = (depth + most_depth - 1) / most_depth;
  const Index vectors = (positions + lanes<T> - 1) / lanes<T>;
  for_each_column<T>(vectors * lanes<T>, [&](Index position, auto column_vectors) {
    for (Index part = 0; part < parts; ++part) {
      const Index k = depth * part / parts, end = depth * (part + 1) / parts;
      for_each_tile(filters.count, [&](Index first, auto tile_size) {
        apply_tile<tile_size.value, column_vectors.value>(
            end - k, filters.packed + first * depth + k * tile_size.value, filters.offsets + k,
            bias == nullptr ? nullptr : bias + first, part == 0, in + position,
            out + first * out_stride + position, out_stride);
      });
    }
  });
}

/// Adds up the lanes of as many vectors as a vector has lanes: lane i of the result, which is the
/// first vector, is the sum of vector i. Halves of pairs of vectors are added, then quarters, ...
template <int distance, class V, int count>
inline __attribute__((always_inline)) void add_lanes(V (&rows)[count]) {
  if constexpr (distance > 0) {
#pragma GCC unroll 16
    for (int i = 0; i < distance; ++i) {
      swap_lanes<distance>(rows[i], rows[i + distance], std::make_integer_sequence<int, count>());
      rows[i] += rows[i + distance];
    }
    add_lanes<distance / 2>(rows);
  }
}

/// Sums of a tile, `Rows` filters times `Count` weights, of which the first is number k.
template <int Rows, int Count, class T>
__attribute__((noinline)) void add_gradient_tile(const FilterGradients<T>& of, Index first, Index k,
                                                 T* sums) {
  Vector<T> products[Rows][Count] = {};
  for (Index image = 0; image < of.images; ++image) {
    const T* const grad = of.grad + image * of.grad_stride + first * of.filter_stride;
    const T* in[Count];
#pragma GCC unroll 8
    for (int i = 0; i < Count; ++i) in[i] = of.in + image * of.in_stride + of.offsets[k + i];
    for (Index position = 0; position < of.positions; position += lanes<T>) {
      Vector<T> grads[Rows];
#pragma GCC unroll 8
      for (int f = 0; f < Rows; ++f) grads[f] = load(grad + f * of.filter_stride + position);
#pragma GCC unroll 8
      for (int i = 0; i < Count; ++i) {
        const Vector<T> numbers = load(in[i] + position);
#pragma GCC unroll 8
        for (int f = 0; f < Rows; ++f)
          products[f][i] = multiply_add(products[f][i], grads[f], numbers);
      }
    }
  }
  // In squares, whose lanes are added up together.
  constexpr int all = Rows * Count, squares = (all + lanes<T> - 1) / lanes<T>;
  Vector<T> square[squares][lanes<T>] = {};
#pragma GCC unroll 32
  for (int i = 0; i < all; ++i) square[i / lanes<T>][i % lanes<T>] = products[i / Count][i % Count];
  T totals[squares * lanes<T>];
#pragma GCC unroll 8
  for (int i = 0; i < squares; ++i) {
    add_lanes<lanes<T> / 2>(square[i]);
    store(totals + i * lanes<T>, square[i][0]);
  }
  for (int i = 0; i < all; ++i) sums[(first + i / Count) * of.depth + k + i % Count] += totals[i];
}

template <class T>
void add_filter_gradients(const FilterGradients<T>& of, T* sums) {
  for_each_tile(of.count, [&](Index first, auto tile_size) {
    static constexpr int Rows = tile_size.value;
    Index k = 0;
    for (; k + tile_vectors <= of.depth; k += tile_vectors)
      add_gradient_tile<Rows, tile_vectors>(of, first, k, sums);
    switch (of.depth - k) {
      case 3: add_gradient_tile<Rows, 3>(of, first, k, sums); break;
      case 2: add_gradient_tile<Rows, 2>(of, first, k, sums); break;
      case 1: add_gradient_tile<Rows, 1>(of, first, k, sums); break;
      default: break;
    }
  });
}

/// Copies at least one element, a few at once. The last copy overlaps the one before it.
template <int at_once, class T>
inline __attribute__((always_inline)) void copy_row(const T* from, T* to, Index width) {
  if constexpr (at_once > 1) {
    if (width < at_once) return copy_row<at_once / 2>(from, to, width);
    constexpr std::size_t bytes = at_once * sizeof(T);
    for (Index i = 0; i + at_once < width; i += at_once) __builtin_memcpy(to + i, from + i, bytes);
    __builtin_memcpy(to + width - at_once, from + width - at_once, bytes);
  } else {
    *to = *from;
  }
}

template <class T>
void copy_rows(Index count, Index width, const T* from, Index from_stride, T* to, Index to_stride) {
  if (width == 0) return;
  for (Index row = 0; row < count; ++row)
    copy_row<lanes<T>>(from + row * from_stride, to + row * to_stride, width);
}

/// The kernels as this source is compiled.
template <class T>
constexpr FilterKernels<T> compiled_filters() {
  return {.lanes = lanes<T>,
          .pack = pack_filters<T>,
          .apply = apply_filters<T>,
          .add_gradients = add_filter_gradients<T>,
          .copy_rows = copy_rows<T>};
}

}  // namespace
}  // namespace scanline::kernels
