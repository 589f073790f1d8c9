#pragma once

#include <cstdint>

#include "scanline/framework/kernels/detail/tiles.hpp"
#include "scanline/framework/kernels/detail/vector.hpp"

// What the products multiply: the numbers themselves, or pairs of them, rounded to bfloat16 on the
// way, for the instruction that multiplies pairs and adds up. Like everything that is compiled for
// several sets of instructions this is local to the source that includes it.

namespace scanline::kernels {
namespace {

/// A matrix of elements, a row after every `stride`.
template <class E>
struct Matrix {
  const E* first;
  Index stride;
};

/// Elements that are numbers: products read them where they lie.
template <class E>
struct Operands {
  /// Numbers that an element holds.
  static constexpr Index numbers = 1;
  /// An element for each lane, of one number; of two where elements are pairs.
  static Vector<E> join(Vector<E> first, Vector<E>) { return first; }

  /// Rows of numbers, as elements of neighbouring columns, and how many elements of scratch memory
  /// a row takes.
  static Matrix<E> by_columns(const E* from, Index stride, Index, Index, E*) {
    return {from, stride};
  }
  static Index columns_stride(Index) { return 0; }

  /// Rows of numbers, as elements of neighbouring rows, and how many elements of scratch memory a
  /// row takes.
  static Matrix<E> by_rows(const E* from, Index stride, Index, Index, E*) { return {from, stride}; }
  static Index rows_stride(Index) { return 0; }
};

/// Elements that hold so many numbers.
template <class E>
constexpr Index depth(Index numbers) {
  return (numbers + Operands<E>::numbers - 1) / Operands<E>::numbers;
}

#if defined(__AVX512BF16__)

template <>
struct Operands<Bfloat16Pair> {
  static constexpr Index numbers = 2;
  static Vector<Bfloat16Pair> join(Vector<float> first, Vector<float> second) {
    return upper_half(first) | upper_half(second) << 16;
  }

  static Matrix<Bfloat16Pair> by_columns(const float* from, Index stride, Index rows, Index columns,
                                         Bfloat16Pair* scratch) {
    constexpr Index width = numbers * lanes<float>;
    const Index to_stride = columns_stride(columns);
    for (Index row = 0; row < rows; ++row)
      for (Index column = 0; column < columns; column += width) {
        const float* at = from + row * stride + column;
        const Index left = columns - column;
        const Vector<float> first = load_first(at, min<Index>(left, lanes<float>));
        const Vector<float> second =
            left > lanes<float>
                ? load_first(at + lanes<float>, min<Index>(left - lanes<float>, lanes<float>))
                : Vector<float>{};
        store(scratch + row * to_stride + column / numbers,
              (Vector<Bfloat16Pair>)_mm512_cvtne2ps_pbh(second, first));
      }
    return {scratch, to_stride};
  }
  static Index columns_stride(Index columns) {
    return padded_units(depth<Bfloat16Pair>(columns), lanes<float>);
  }

  static Matrix<Bfloat16Pair> by_rows(const float* from, Index stride, Index rows, Index columns,
                                      Bfloat16Pair* scratch) {
    const Index to_stride = rows_stride(columns);
    for (Index row = 0; row < rows; row += numbers)
      for (Index column = 0; column < columns; column += lanes<float>) {
        const float* at = from + row * stride + column;
        const Index count = min<Index>(columns - column, lanes<float>);
        const Vector<float> second =
            row + 1 < rows ? load_first(at + stride, count) : Vector<float>{};
        store(scratch + row / numbers * to_stride + column, join(load_first(at, count), second));
      }
    return {scratch, to_stride};
  }
  /// One vector more than is needed keeps the rows from starting a power of 2 apart.
  static Index rows_stride(Index columns) {
    return padded_units(columns, lanes<float>) + lanes<float>;
  }

 private:
  static Vector<Bfloat16Pair> upper_half(Vector<float> x) {
    return (Vector<Bfloat16Pair>)_mm512_maskz_cvtepu16_epi32(every_lane,
                                                             (__m256i)_mm512_cvtneps_pbh(x));
  }
};

#endif

}  // namespace
}  // namespace scanline::kernels
