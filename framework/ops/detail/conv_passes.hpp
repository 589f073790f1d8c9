#pragma once

#include <algorithm>
#include <vector>

#include "scanline/framework/autograd/make_op.hpp"
#include "scanline/framework/core/array.hpp"
#include "scanline/framework/kernels/detail/filters.hpp"
#include "scanline/framework/ops/conv.hpp"

namespace scanline {

/// One axis of a convolution.
struct ConvAxis {
  /// The extent of the output.
  Index outputs() const {
    return (extent + 2 * padding - dilation * (window - 1) - 1) / stride + 1;
  }
  /// How many elements of the padded image are read.
  Index span() const { return (outputs() - 1) * stride + dilation * (window - 1) + 1; }
  /// How many elements of the image lie in that span.
  Index read() const { return std::clamp<Index>(span() - padding, 0, extent); }

  Index extent, window, stride, padding, dilation;
};

/// The sizes of a convolution.
struct ConvSizes {
  Index batch, channels, filters, groups;
  bool has_bias;
  ConvAxis y, x;
};

/// The forward and backward pass of `conv2d` in elements of type T. The sizes have been checked.
///
/// The kernels compute vectors of neighbouring positions, and find what a weight is multiplied by
/// at a fixed distance from a position. An image is therefore copied to a *layout*: for each
/// channel and each column of the window a plane, which has all rows of the padded image, and in
/// each row what that column of the window meets at each column of the output. What the next row of
/// the window meets is further down in the plane. With a stride of s, rows 0, s, 2 s ... of the
/// padded image come first, then rows 1, 1 + s, ...
///
/// The gradient of an image is a convolution, too: of the gradient of the output, between whose
/// elements there are zeros if there is a stride. Its layout has planes with the columns of the
/// image, where channels and filters have changed places.
template <class T>
class ConvPasses {
 public:
  /// Passes of a convolution of these sizes.
  explicit ConvPasses(const ConvSizes& sizes);

  /// Computes the op's result; `bias` may be undefined.
  Array forward(const Array& x, const Array& weight, const Array& bias) const;
  /// Adds to the gradients of x, weight and bias.
  void backward(const Array& x, const Array& weight, const Array& grad, InputGrads& inputs) const;

 private:
  static constexpr DType dtype = dtype_of<T>();

  /// Where a column of the window meets the image: at outputs [begin, end) of a row, and at column
  /// `first` of the image for the first of these.
  struct Met {
    Index begin, end, first;
  };

  Index blocks() const { return (sizes_.batch + block_images_ - 1) / block_images_; }
  /// The first image of a block; of the block behind the last one, the number of images.
  Index first_image(Index block) const { return std::min(block * block_images_, sizes_.batch); }
  Index group_channels() const { return sizes_.channels / sizes_.groups; }
  Index group_filters() const { return sizes_.filters / sizes_.groups; }
  Index places() const { return sizes_.y.window * sizes_.x.window; }
  /// The weights of a filter.
  Index depth() const { return group_channels() * places(); }
  Index pixels() const { return sizes_.y.extent * sizes_.x.extent; }
  Index image_layout() const { return sizes_.channels * channel_stride_; }
  Index outputs() const { return sizes_.filters * output_stride_; }
  Index padded(Index count) const;
  Met met(Index column) const;

  std::vector<Index> forward_offsets() const;
  std::vector<Index> backward_offsets() const;
  Array pack(const Array& filters) const;
  Array transposed(const Array& weight) const;
  void lay_out_image(const T* image, T* layout) const;
  void lay_out_grad(const T* grad, T* layout) const;
  Array input_grads(const Array& weight, const Array& grad) const;
  void add_weight_sums(Index block, const Array& x, const Array& grad, T* sums) const;
  void add_bias_sums(Index block, const Array& grad, T* sums) const;
  void add_blocks(const Array& sums, const Array& to) const;

  const kernels::FilterKernels<T>& kernels_;
  ConvSizes sizes_;
  Index block_images_;    // images of one task
  Index positions_;       // of an output
  Index output_stride_;   // elements of an output, padded
  Index rows_;            // of a plane whose numbers are the same modulo the stride
  Index plane_;           // elements of a plane
  Index channel_stride_;  // elements of the planes of a channel
  Index margin_;          // rows of zeros with which a plane of the gradient begins
  Index grad_plane_;      // elements of a plane of the gradient
  Index grad_stride_;     // elements of the planes of the gradient of a filter's output
  Index image_stride_;    // elements of the gradient of a channel, padded
};

extern template class ConvPasses<float>;
extern template class ConvPasses<double>;

}  // namespace scanline
