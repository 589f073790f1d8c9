#include "scanline/framework/ops/detail/conv_passes.hpp"

#include "scanline/framework/core/parallel.hpp"
#include "scanline/framework/ops/detail/best_filters.hpp"

namespace scanline {
namespace {

/// A batch is divided into so many blocks at most. Each block adds up the gradients of the weights
/// on its own.
constexpr Index most_blocks = 16;
/// The gradients of the weights are added up over as many images at once as have so many positions,
/// unless their layouts take more than so many elements.
constexpr Index gradient_positions = 2048, gradient_elements = Index{1} << 17;

Index rounded_up(Index a, Index b) { return (a + b - 1) / b; }

/// Where the weights of a filter find their numbers in a layout of so many channels, in which a
/// plane belongs to each column of the window, and `at_row` says where a row of it begins.
template <class AtRow>
std::vector<Index> offsets(const ConvSizes& sizes, Index channels, Index channel_stride,
                           Index plane, AtRow at_row) {
  std::vector<Index> result;
  for (Index channel = 0; channel < channels; ++channel)
    for (Index row = 0; row < sizes.y.window; ++row)
      for (Index column = 0; column < sizes.x.window; ++column)
        result.push_back(channel * channel_stride + column * plane +
                         at_row(row * sizes.y.dilation));
  return result;
}

}  // namespace

template <class T>
ConvPasses<T>::ConvPasses(const ConvSizes& sizes) : kernels_(best_filters<T>()), sizes_(sizes) {
  const ConvAxis &y = sizes.y, &x = sizes.x;
  block_images_ = std::max<Index>(1, rounded_up(sizes.batch, most_blocks));
  positions_ = y.outputs() * x.outputs();
  output_stride_ = padded(positions_);
  // Behind the planes there is a vector of zeros, which the last vector of positions may read.
  rows_ = rounded_up(y.span(), y.stride);
  plane_ = y.stride * rows_ * x.outputs();
  channel_stride_ = padded(x.window * plane_ + kernels_.lanes);
  margin_ = std::max<Index>(0, (y.window - 1) * y.dilation - y.padding);
  grad_plane_ = (margin_ + y.padding + y.extent) * x.extent;
  grad_stride_ = padded(x.window * grad_plane_ + kernels_.lanes);
  image_stride_ = padded(pixels());
}

/// An odd number of whole vectors, so that channels are no power of 2 apart and do not share sets
/// of the caches.
template <class T>
Index ConvPasses<T>::padded(Index count) const {
  return (rounded_up(count, kernels_.lanes) | 1) * kernels_.lanes;
}

template <class T>
auto ConvPasses<T>::met(Index column) const -> Met {
  const ConvAxis& x = sizes_.x;
  const Index shift = column * x.dilation - x.padding;  // output j meets column j stride + shift
  const Index begin = rounded_up(std::max<Index>(0, -shift), x.stride);
  const Index end = rounded_up(std::max<Index>(0, x.extent - shift), x.stride);
  return {begin, std::min(end, x.outputs()), begin * x.stride + shift};
}

/// Where the weights of a filter find their numbers in the layout of an image.
template <class T>
std::vector<Index> ConvPasses<T>::forward_offsets() const {
  const ConvAxis &y = sizes_.y, &x = sizes_.x;
  return offsets(sizes_, group_channels(), channel_stride_, plane_, [&](Index row) {
    return (row % y.stride * rows_ + row / y.stride) * x.outputs();
  });
}

/// Where the weights of a channel find theirs in the layout of a gradient.
template <class T>
std::vector<Index> ConvPasses<T>::backward_offsets() const {
  return offsets(sizes_, group_filters(), grad_stride_, grad_plane_, [this](Index row) {
    return (margin_ + sizes_.y.padding - row) * sizes_.x.extent;
  });
}

/// Filters (groups, count, depth) as the kernels read them.
template <class T>
Array ConvPasses<T>::pack(const Array& filters) const {
  const Array packed(filters.shape(), dtype);
  const Index count = filters.shape()[1], depth = filters.shape()[2];
  for (Index group = 0; group < sizes_.groups; ++group)
    kernels_.pack(count, depth, filters.data<T>() + group * count * depth,
                  packed.data<T>() + group * count * depth);
  return packed;
}

/// The weight with channels and filters exchanged: (groups, C / groups, O / groups KH KW).
template <class T>
Array ConvPasses<T>::transposed(const Array& weight) const {
  const Index filters = group_filters(), channels = group_channels();
  const Array result({sizes_.groups, channels, filters * places()}, dtype);
  T* to = result.data<T>();
  for (Index group = 0; group < sizes_.groups; ++group)
    for (Index channel = 0; channel < channels; ++channel)
      for (Index filter = group * filters; filter < (group + 1) * filters; ++filter)
        to = std::copy_n(weight.data<T>() + (filter * channels + channel) * places(), places(), to);
  return result;
}

template <class T>
void ConvPasses<T>::lay_out_image(const T* image, T* layout) const {
  const ConvAxis &y = sizes_.y, &x = sizes_.x;
  for (Index channel = 0; channel < sizes_.channels; ++channel)
    for (Index column = 0; column < x.window; ++column) {
      const auto [begin, end, first] = met(column);
      if (begin >= end) continue;
      const T* const from = image + channel * pixels() + first;
      T* const to = layout + channel * channel_stride_ + column * plane_ + begin;
      if (y.stride == 1 && x.stride == 1) {
        kernels_.copy_rows(y.read(), end - begin, from, x.extent, to + y.padding * x.outputs(),
                           x.outputs());
        continue;
      }
      for (Index i = 0; i < y.read(); ++i) {
        const Index padded_row = i + y.padding;
        const Index row = padded_row % y.stride * rows_ + padded_row / y.stride;
        for (Index j = 0; j < end - begin; ++j)
          to[row * x.outputs() + j] = from[i * x.extent + j * x.stride];
      }
    }
}

template <class T>
void ConvPasses<T>::lay_out_grad(const T* grad, T* layout) const {
  const ConvAxis &y = sizes_.y, &x = sizes_.x;
  // What is read of the rows: those behind meet only padding.
  const Index rows = std::min(y.outputs(), (y.extent - 1 + y.padding) / y.stride + 1);
  for (Index filter = 0; filter < sizes_.filters; ++filter)
    for (Index column = 0; column < x.window; ++column) {
      const auto [begin, end, first] = met(column);
      if (begin >= end) continue;
      const T* const from = grad + filter * positions_ + begin;
      T* const to =
          layout + filter * grad_stride_ + column * grad_plane_ + margin_ * x.extent + first;
      if (y.stride == 1 && x.stride == 1) {
        kernels_.copy_rows(rows, end - begin, from, x.outputs(), to, x.extent);
        continue;
      }
      for (Index i = 0; i < rows; ++i)
        for (Index j = 0; j < end - begin; ++j)
          to[i * y.stride * x.extent + j * x.stride] = from[i * x.outputs() + j];
    }
}

template <class T>
Array ConvPasses<T>::forward(const Array& x, const Array& weight, const Array& bias) const {
  const Index filters = group_filters();
  const Array y({sizes_.batch, sizes_.filters, sizes_.y.outputs(), sizes_.x.outputs()}, dtype);
  const std::vector<Index> offsets = forward_offsets();
  const Array packed = pack(weight.reshape({sizes_.groups, filters, depth()}));
  const Array layouts = Array::zeros({blocks(), image_layout()}, dtype);
  const Array computed({blocks(), outputs()}, dtype);
  parallel_for(blocks(), [&](Index block) {
    T* const layout = layouts.data<T>() + block * image_layout();
    T* const output = computed.data<T>() + block * outputs();
    for (Index image = first_image(block); image < first_image(block + 1); ++image) {
      lay_out_image(x.data<T>() + image * sizes_.channels * pixels(), layout);
      for (Index group = 0; group < sizes_.groups; ++group)
        kernels_.apply(
            {filters, depth(), packed.data<T>() + group * filters * depth(), offsets.data()},
            bias.defined() ? bias.data<T>() + group * filters : nullptr,
            layout + group * group_channels() * channel_stride_, positions_,
            output + group * filters * output_stride_, output_stride_);
      kernels_.copy_rows(sizes_.filters, positions_, output, output_stride_,
                         y.data<T>() + image * sizes_.filters * positions_, positions_);
    }
  });
  return y;
}

template <class T>
Array ConvPasses<T>::input_grads(const Array& weight, const Array& grad) const {
  const ConvAxis &y = sizes_.y, &x = sizes_.x;
  const Index channels = group_channels(), depth_of_channel = group_filters() * places();
  const Array result({sizes_.batch, sizes_.channels, y.extent, x.extent}, dtype);
  const std::vector<Index> offsets = backward_offsets();
  const Array packed = pack(transposed(weight));
  const Array layouts = Array::zeros({blocks(), sizes_.filters * grad_stride_}, dtype);
  const Array computed({blocks(), sizes_.channels * image_stride_}, dtype);
  parallel_for(blocks(), [&](Index block) {
    T* const layout = layouts.data<T>() + block * sizes_.filters * grad_stride_;
    T* const output = computed.data<T>() + block * sizes_.channels * image_stride_;
    for (Index image = first_image(block); image < first_image(block + 1); ++image) {
      lay_out_grad(grad.data<T>() + image * sizes_.filters * positions_, layout);
      for (Index group = 0; group < sizes_.groups; ++group)
        kernels_.apply({channels, depth_of_channel,
                        packed.data<T>() + group * channels * depth_of_channel, offsets.data()},
                       nullptr, layout + group * group_filters() * grad_stride_, pixels(),
                       output + group * channels * image_stride_, image_stride_);
      kernels_.copy_rows(sizes_.channels, pixels(), output, image_stride_,
                         result.data<T>() + image * sizes_.channels * pixels(), pixels());
    }
  });
  return result;
}

/// Adds the gradients of the weights of a block to its sums, (O, depth).
template <class T>
void ConvPasses<T>::add_weight_sums(Index block, const Array& x, const Array& grad, T* sums) const {
  const Index first = first_image(block), end = first_image(block + 1);
  const Index together =
      std::clamp<Index>(std::min(rounded_up(gradient_positions, positions_),
                                 gradient_elements / (image_layout() + outputs())),
                        1, end - first);
  const std::vector<Index> offsets = forward_offsets();
  const Array images = Array::zeros({together, image_layout()}, dtype);
  const Array grads = Array::zeros({together, outputs()}, dtype);
  for (Index begin = first; begin < end; begin += together) {
    const Index count = std::min(together, end - begin);
    for (Index i = 0; i < count; ++i) {
      lay_out_image(x.data<T>() + (begin + i) * sizes_.channels * pixels(),
                    images.data<T>() + i * image_layout());
      kernels_.copy_rows(sizes_.filters, positions_,
                         grad.data<T>() + (begin + i) * sizes_.filters * positions_, positions_,
                         grads.data<T>() + i * outputs(), output_stride_);
    }
    for (Index group = 0; group < sizes_.groups; ++group) {
      const Index first_filter = group * group_filters();
      kernels_.add_gradients(
          {group_filters(), depth(), offsets.data(), count, positions_,
           images.data<T>() + group * group_channels() * channel_stride_, image_layout(),
           grads.data<T>() + first_filter * output_stride_, output_stride_, outputs()},
          sums + first_filter * depth());
    }
  }
}

template <class T>
void ConvPasses<T>::add_bias_sums(Index block, const Array& grad, T* sums) const {
  constexpr Index at_once = 8;
  for (Index image = first_image(block); image < first_image(block + 1); ++image)
    for (Index filter = 0; filter < sizes_.filters; ++filter) {
      const T* const from = grad.data<T>() + (image * sizes_.filters + filter) * positions_;
      T partial[at_once] = {};
      Index i = 0;
      for (; i + at_once <= positions_; i += at_once)
        for (Index k = 0; k < at_once; ++k) partial[k] += from[i + k];
      for (; i < positions_; ++i) partial[0] += from[i];
      for (const T value : partial) sums[filter] += value;
    }
}

/// Adds the sums of all blocks, (blocks, elements of `to`), in their order.
template <class T>
void ConvPasses<T>::add_blocks(const Array& sums, const Array& to) const {
  const Index count = to.size();
  constexpr Index worth_waking_a_thread = 1 << 12;
  parallel_for_ranges(count, worth_waking_a_thread, [&](Index begin, Index end) {
    for (Index block = 0; block < blocks(); ++block)
      for (Index i = begin; i < end; ++i) to.data<T>()[i] += sums.data<T>()[block * count + i];
  });
}

template <class T>
void ConvPasses<T>::backward(const Array& x, const Array& weight, const Array& grad,
                             InputGrads& inputs) const {
  if (inputs.needed(0)) inputs.take(0, input_grads(weight, grad));
  if (inputs.needed(1)) {
    const Array sums = Array::zeros({blocks(), weight.size()}, dtype);
    parallel_for(blocks(), [&](Index block) {
      add_weight_sums(block, x, grad, sums.data<T>() + block * weight.size());
    });
    add_blocks(sums, inputs[1]);
  }
  if (sizes_.has_bias && inputs.needed(2)) {
    const Array sums = Array::zeros({blocks(), sizes_.filters}, dtype);
    parallel_for(blocks(), [&](Index block) {
      add_bias_sums(block, grad, sums.data<T>() + block * sizes_.filters);
    });
    add_blocks(sums, inputs[2]);
  }
}

template class ConvPasses<float>;
template class ConvPasses<double>;

}  // namespace scanline
