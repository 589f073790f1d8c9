#pragma once

#include <cstdint>

#include "scanline/framework/kernels/detail/vector.hpp"

// Matrix products by tiles, whose sums stay in registers. Like everything that is compiled for
// several sets of instructions this is local to the source that includes it.

namespace scanline::kernels {
namespace {

using Index = std::int64_t;

/// A number that is known when the program is compiled, as an argument.
template <auto number>
struct Constant {
  static constexpr auto value = number;
};

// A tile of a product holds its sums in registers: `tile_rows` rows of the batch times the four
// slots of a vector of units (forward) or four vectors of units (backward). AVX-512 and Arm have 32
// registers, the others 16.
#if defined(__AVX512F__) || defined(__ARM_NEON)
constexpr int tile_rows = 6;
#else
constexpr int tile_rows = 3;
#endif
constexpr int tile_vectors = 4;

/// Calls `body` with a compile-time number of rows for each tile. The last two share what is left:
/// a tile of few rows would read as many weights for little work.
template <class Body>
void for_each_tile(Index rows, Body body) {
  for (Index row = 0, size; row < rows; row += size) {
    const Index left = rows - row;
    size = left >= 2 * tile_rows ? tile_rows : left > tile_rows ? (left + 1) / 2 : left;
    switch (size) {
      case 6: body(row, Constant<min(6, tile_rows)>()); break;
      case 5: body(row, Constant<min(5, tile_rows)>()); break;
      case 4: body(row, Constant<min(4, tile_rows)>()); break;
      case 3: body(row, Constant<min(3, tile_rows)>()); break;
      case 2: body(row, Constant<2>()); break;
      default: body(row, Constant<1>()); break;
    }
  }
}

/// Where a factor's elements lie: element (i, k) is i * stride + k * step behind the first.
template <class E>
struct Factor {
  const E* first;
  Index stride, step;
};

/// sums[r][First + v] += a(r, k) * b[k][v] for each k < depth: `Rows` rows times `Count` vectors,
/// which lie `b_step` elements from one k to the next. Elements are numbers, or pairs of them.
template <int First, int Count, int Rows, int All, class V, class E>
inline __attribute__((always_inline)) void add_product(V (&sums)[Rows][All], Factor<E> a,
                                                       const E* b, Index b_step, Index depth) {
  for (Index k = 0; k < depth; ++k) {
    Vector<E> row_of_b[Count];
#pragma GCC unroll 8
    for (int v = 0; v < Count; ++v) row_of_b[v] = load(b + k * b_step + v * lanes<E>);
#pragma GCC unroll 8
    for (int r = 0; r < Rows; ++r) {
      const Vector<E> factor = broadcast(a.first[r * a.stride + k * a.step]);
#pragma GCC unroll 8
      for (int v = 0; v < Count; ++v)
        sums[r][First + v] = multiply_add(sums[r][First + v], factor, row_of_b[v]);
    }
  }
}

/// The same in as many pieces as there are rows, with a call of `fetch(r)` before each. Memory that
/// is asked for piece by piece arrives meanwhile; asked for at once, it would fill the processor's
/// list of lines under way, and the factors would have to wait for a place there.
template <int First, int Count, int Rows, int All, class V, class E, class Fetch>
inline __attribute__((always_inline)) void add_product(V (&sums)[Rows][All], Factor<E> a,
                                                       const E* b, Index b_step, Index depth,
                                                       Fetch fetch) {
  for (int r = 0; r < Rows; ++r) {
    fetch(r);
    const Index k = depth * r / Rows, end = depth * (r + 1) / Rows;
    add_product<First, Count>(sums, Factor<E>{a.first + k * a.step, a.stride, a.step},
                              b + k * b_step, b_step, end - k);
  }
}

/// Rows of sums, `stride` elements apart, to and from registers.
template <int Rows, int Count, class T>
inline __attribute__((always_inline)) void load_sums(Vector<T> (&sums)[Rows][Count], const T* from,
                                                     Index stride) {
#pragma GCC unroll 8
  for (int r = 0; r < Rows; ++r)
#pragma GCC unroll 8
    for (int v = 0; v < Count; ++v) sums[r][v] = load(from + r * stride + v * lanes<T>);
}
template <int Rows, int Count, class T>
inline __attribute__((always_inline)) void store_sums(const Vector<T> (&sums)[Rows][Count], T* to,
                                                      Index stride) {
#pragma GCC unroll 8
  for (int r = 0; r < Rows; ++r)
#pragma GCC unroll 8
    for (int v = 0; v < Count; ++v) store(to + r * stride + v * lanes<T>, sums[r][v]);
}

/// Calls `body` with the number of vectors of each column of tiles as a compile-time constant.
template <class T, class Body>
void for_each_column(Index units, Body body) {
  for (Index unit = 0; unit < units; unit += tile_vectors * lanes<T>) {
    switch (min<Index>(tile_vectors, (units - unit) / lanes<T>)) {
      case 4: body(unit, Constant<4>()); break;
      case 3: body(unit, Constant<3>()); break;
      case 2: body(unit, Constant<2>()); break;
      default: body(unit, Constant<1>()); break;
    }
  }
}

}  // namespace
}  // namespace scanline::kernels
