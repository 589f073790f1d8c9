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
/// at a fixed distance from a position. An image is therefore copied to a *layout*: each channel
/// has its padding, rows of `columns_` elements, and zeros behind them. Position p of the output is
/// at p / columns_, p % columns_; positions whose column is not in the output are computed in vain.
/// With a stride of s, the layout has s * s *phases* one after the other: phase (i, j) has all
/// elements whose row is i and whose column is j modulo s. Within a phase, neighbouring positions
/// read neighbouring elements.
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

  /// The elements of the image that lie in a phase: rows [top, bottom) and columns [left, right) of
  /// it.
  struct Phase {
    Index y, x, top, bottom, left, right;
    bool is_empty() const { return top >= bottom || left >= right; }
  };
  /// The weights that are applied to compute the gradient of one phase.
  struct PhaseFilters {
    Phase phase;
    Array packed;                // (groups, C / groups, depth)
    std::vector<Index> offsets;  // (depth,)
  };
  /// What each block of images adds up on its own.
  struct BlockSums {
    Array weight, bias;  // (blocks, O, depth) and (blocks, O)
  };

  Index blocks() const { return (sizes_.batch + block_images_ - 1) / block_images_; }
  /// The weights of a filter.
  Index depth() const { return group_channels() * sizes_.y.window * sizes_.x.window; }
  Index group_channels() const { return sizes_.channels / sizes_.groups; }
  Index group_filters() const { return sizes_.filters / sizes_.groups; }
  Index image_size() const { return sizes_.channels * sizes_.y.extent * sizes_.x.extent; }
  Index output_size() const { return sizes_.filters * sizes_.y.outputs() * sizes_.x.outputs(); }
  Index padded(Index count) const;
  Index image_layout() const { return sizes_.channels * channel_stride_; }
  Index grad_layout() const { return sizes_.filters * filter_stride_; }

  Index offset_in_phase(Index row, Index column) const;
  std::vector<Index> forward_offsets() const;
  Phase phase(Index y, Index x) const;
  std::vector<PhaseFilters> phase_filters(const Array& weight) const;
  void lay_out_image(const T* image, T* layout) const;
  void lay_out_grad(const T* grad, T* layout) const;
  void add_block(Index block, const Array& x, const Array& grad, const BlockSums& sums,
                 const std::vector<PhaseFilters>& filters, const Array& grad_x) const;
  void compute_input_grad(const PhaseFilters& filters, const T* grad_layout, T* scratch,
                          T* grad_x) const;
  void add_bias_sums(const T* grad, T* sums) const;

  const kernels::FilterKernels<T>& kernels_;
  ConvSizes sizes_;
  Index block_images_;    // images of one task
  Index rows_, columns_;  // of a phase
  Index positions_;       // of the output, up to its last one
  Index channel_stride_;  // elements of a channel's layout
  Index margin_;          // zeros before the gradient of a filter's output
  Index filter_stride_;   // elements of the layout of that gradient
  Index output_stride_;   // elements of a filter's computed output
};

extern template class ConvPasses<float>;
extern template class ConvPasses<double>;

}  // namespace scanline
