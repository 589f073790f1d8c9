#pragma once

#include <cstdint>

namespace scanline::kernels {

/// Loops over the rows of matrices, compiled for one instruction set. T is float or double. Each
/// row has `columns` elements, one after the other, and rows are next to each other. `columns` is
/// at least 1.
template <class T>
struct RowKernels {
  /// y = exp(x) / sum(exp(x)) of each row, computed without overflow. In single precision an
  /// element that is below the largest one by more than 87 becomes 0.
  void (*softmax)(const T* x, std::int64_t rows, std::int64_t columns, T* y);
  /// dx = y (dy - sum(dy y)) of each row.
  void (*softmax_backward)(const T* dy, const T* y, std::int64_t rows, std::int64_t columns, T* dx);

  /// y = (x - mean) * scale * weight + bias of each row, where scale = 1 / sqrt(variance +
  /// epsilon). `statistics` receives three numbers for each row: the mean, what was lost when that
  /// was rounded, and the scale.
  void (*layer_norm)(const T* x, const T* weight, const T* bias, T epsilon, std::int64_t rows,
                     std::int64_t columns, T* y, T* statistics);
  /// The gradients of layer_norm: stores that of x, and adds to those of the weight and the bias.
  void (*layer_norm_backward)(const T* dy, const T* x, const T* weight, const T* statistics,
                              std::int64_t rows, std::int64_t columns, T* dx, T* dweight, T* dbias);
};

/// For any processor of the architecture.
extern const RowKernels<float> float_row_kernels;
extern const RowKernels<double> double_row_kernels;
#if defined(__x86_64__)
/// For the levels of x86-64 that have AVX2, and AVX-512.
extern const RowKernels<float> float_row_kernels_v3;
extern const RowKernels<float> float_row_kernels_v4;
#endif

}  // namespace scanline::kernels
