#pragma once

#include <cstdint>

namespace scanline::kernels {

// The products of a convolution. A filter has `depth` weights, one for each channel and place of
// its window. Images are laid out so that weight number k meets the number `offsets[k]` elements
// behind the one at position p, for each position p of the output. Stride, padding, dilation and
// groups are all in the layout (ops/detail/conv_passes.hpp) and in the offsets. T is float or
// double.

/// Filters to apply.
template <class T>
struct Filters {
  std::int64_t count, depth;
  /// (count, depth), packed by `FilterKernels::pack`.
  const T* packed;
  /// (depth,)
  const std::int64_t* offsets;
};

/// What the gradients of filters are computed from.
template <class T>
struct FilterGradients {
  std::int64_t count, depth;
  /// (depth,)
  const std::int64_t* offsets;
  /// The number of images, and of positions in each.
  std::int64_t images, positions;
  /// The layouts of the images, which begin so many elements apart. Whole vectors are read.
  const T* in;
  std::int64_t in_stride;
  /// The gradients of the outputs: filters begin `filter_stride` elements apart, images
  /// `grad_stride`. There are zeros behind the positions, up to whole vectors.
  const T* grad;
  std::int64_t filter_stride, grad_stride;
};

/// The inner loops of a convolution, compiled for one instruction set.
template <class T>
struct FilterKernels {
  /// The number of elements of a vector.
  std::int64_t lanes;
  /// Brings filters (count, depth) into the order in which `apply` reads them; as many elements.
  void (*pack)(std::int64_t count, std::int64_t depth, const T* filters, T* packed);
  /// out[f][p] = bias[f] + sum over k of filter[f][k] * in[offsets[k] + p], for p in [0,
  /// positions). Without a bias it may be null. Whole vectors are read and written.
  void (*apply)(const Filters<T>& filters, const T* bias, const T* in, std::int64_t positions,
                T* out, std::int64_t out_stride);
  /// sums[f][k] += the sum over all images and positions p of grad[f][p] * in[offsets[k] + p].
  void (*add_gradients)(const FilterGradients<T>& of, T* sums);
  /// Copies `count` rows of `width` elements, which begin so many elements apart.
  void (*copy_rows)(std::int64_t count, std::int64_t width, const T* from, std::int64_t from_stride,
                    T* to, std::int64_t to_stride);
};

/// For any processor of the architecture. Double precision is for checks, not for speed.
extern const FilterKernels<float> float_filters;
extern const FilterKernels<double> double_filters;
#if defined(__x86_64__)
/// For the levels of x86-64 that have AVX2, and AVX-512.
extern const FilterKernels<float> float_filters_v3;
extern const FilterKernels<float> float_filters_v4;
#endif

}  // namespace scanline::kernels
