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

}  // namespace

template <class T>
ConvPasses<T>::ConvPasses(const ConvSizes& sizes) : kernels_(best_filters<T>()), sizes_(sizes) {
  const ConvAxis &y = sizes.y, &x = sizes.x;
  block_images_ = std::max<Index>(1, rounded_up(sizes.batch, most_blocks));
  rows_ = rounded_up(y.span(), y.stride);
  // The padding behind a row may be that before the next one.
  columns_ =
      x.stride > 1
          ? rounded_up(x.span(), x.stride)
          : std::max({std::min(x.padding + x.extent, x.span()), x.span() - x.padding, x.outputs()});
  positions_ = (y.outputs() - 1) * columns_ + x.outputs();
  // A whole vector of zeros follows, which the last vector of positions may read.
  channel_stride_ = padded(y.stride * x.stride * rows_ * columns_ + x.padding + kernels_.lanes);
  margin_ = offset_in_phase((y.window - 1) * y.dilation, (x.window - 1) * x.dilation);
  filter_stride_ = padded(margin_ + rows_ * columns_ + kernels_.lanes);
  output_stride_ = padded(rows_ * columns_);
}

/// An odd number of whole vectors, so that channels are no power of 2 apart and do not share sets
/// of the caches.
template <class T>
Index ConvPasses<T>::padded(Index count) const {
  return (rounded_up(count, kernels_.lanes) | 1) * kernels_.lanes;
}

/// Where an element of the padded image is in its phase.
template <class T>
Index ConvPasses<T>::offset_in_phase(Index row, Index column) const {
  return row / sizes_.y.stride * columns_ + column / sizes_.x.stride;
}

/// Where the weights of a filter find their numbers in the layout of an image.
template <class T>
std::vector<Index> ConvPasses<T>::forward_offsets() const {
  const ConvAxis &y = sizes_.y, &x = sizes_.x;
  std::vector<Index> result;
  for (Index channel = 0; channel < group_channels(); ++channel)
    for (Index row = 0; row < y.window * y.dilation; row += y.dilation)
      for (Index column = 0; column < x.window * x.dilation; column += x.dilation) {
        const Index number = row % y.stride * x.stride + column % x.stride;
        result.push_back(channel * channel_stride_ + number * rows_ * columns_ +
                         offset_in_phase(row, column));
      }
  return result;
}

template <class T>
auto ConvPasses<T>::phase(Index y, Index x) const -> Phase {
  // Element i of the image is at i + padding = stride * index + phase.
  const auto first = [](const ConvAxis& axis, Index number) {
    return rounded_up(std::max<Index>(axis.padding - number, 0), axis.stride);
  };
  const auto last = [](const ConvAxis& axis, Index number) {
    return rounded_up(std::max<Index>(axis.padding + axis.read() - number, 0), axis.stride);
  };
  return {y, x, first(sizes_.y, y), last(sizes_.y, y), first(sizes_.x, x), last(sizes_.x, x)};
}

template <class T>
void ConvPasses<T>::lay_out_image(const T* image, T* layout) const {
  const ConvAxis &y = sizes_.y, &x = sizes_.x;
  for (Index channel = 0; channel < sizes_.channels; ++channel) {
    const T* const from = image + channel * y.extent * x.extent;
    T* const to = layout + channel * channel_stride_;
    if (y.stride == 1 && x.stride == 1) {
      kernels_.copy_rows(y.read(), x.read(), from, x.extent, to + y.padding * columns_ + x.padding,
                         columns_);
      continue;
    }
    for (Index i = 0; i < y.read(); ++i)
      for (Index j = 0; j < x.read(); ++j) {
        const Index row = i + y.padding, column = j + x.padding;
        const Index number = row % y.stride * x.stride + column % x.stride;
        to[number * rows_ * columns_ + offset_in_phase(row, column)] = from[i * x.extent + j];
      }
  }
}

template <class T>
void ConvPasses<T>::lay_out_grad(const T* grad, T* layout) const {
  const Index height = sizes_.y.outputs(), width = sizes_.x.outputs();
  for (Index filter = 0; filter < sizes_.filters; ++filter)
    kernels_.copy_rows(height, width, grad + filter * height * width, width,
                       layout + filter * filter_stride_ + margin_, columns_);
}

template <class T>
Array ConvPasses<T>::forward(const Array& x, const Array& weight, const Array& bias) const {
  const Index height = sizes_.y.outputs(), width = sizes_.x.outputs(), filters = group_filters();
  const Array y({sizes_.batch, sizes_.filters, height, width}, dtype);
  if (y.size() == 0) return y;
  const std::vector<Index> offsets = forward_offsets();
  const Array packed(weight.shape(), dtype);
  for (Index group = 0; group < sizes_.groups; ++group) {
    const Index first = group * filters * depth();
    kernels_.pack(filters, depth(), weight.data<T>() + first, packed.data<T>() + first);
  }
  const Array layouts = Array::zeros({blocks(), image_layout()}, dtype);
  const Array outputs({blocks(), sizes_.filters * output_stride_}, dtype);
  parallel_for(blocks(), [&](Index block) {
    T* const layout = layouts.data<T>() + block * image_layout();
    T* const output = outputs.data<T>() + block * sizes_.filters * output_stride_;
    const Index first = block * block_images_, end = std::min(first + block_images_, sizes_.batch);
    for (Index image = first; image < end; ++image) {
      lay_out_image(x.data<T>() + image * image_size(), layout);
      for (Index group = 0; group < sizes_.groups; ++group)
        kernels_.apply(
            {filters, depth(), packed.data<T>() + group * filters * depth(), offsets.data()},
            bias.defined() ? bias.data<T>() + group * filters : nullptr,
            layout + group * group_channels() * channel_stride_, positions_,
            output + group * filters * output_stride_, output_stride_);
      for (Index filter = 0; filter < sizes_.filters; ++filter)
        kernels_.copy_rows(height, width, output + filter * output_stride_, columns_,
                           y.data<T>() + image * output_size() + filter * height * width, width);
    }
  });
  return y;
}

/// The gradient of a phase is a correlation too: of the gradients of the outputs with the weights
/// that meet the phase, where channels and filters have changed places.
template <class T>
auto ConvPasses<T>::phase_filters(const Array& weight) const -> std::vector<PhaseFilters> {
  const ConvAxis &y = sizes_.y, &x = sizes_.x;
  const Index places = y.window * x.window, filters = group_filters(), channels = group_channels();
  std::vector<PhaseFilters> result;
  for (Index number = 0; number < y.stride * x.stride; ++number) {
    PhaseFilters own{phase(number / x.stride, number % x.stride), {}, {}};
    if (own.phase.is_empty()) continue;
    std::vector<Index> met;  // the places of the window that meet the phase
    for (Index place = 0; place < places; ++place)
      if (place / x.window * y.dilation % y.stride == own.phase.y &&
          place % x.window * x.dilation % x.stride == own.phase.x)
        met.push_back(place);
    const Index first = own.phase.top * columns_ + own.phase.left;
    for (Index filter = 0; filter < filters; ++filter)
      for (const Index place : met)
        own.offsets.push_back(
            filter * filter_stride_ + margin_ + first -
            offset_in_phase(place / x.window * y.dilation, place % x.window * x.dilation));
    const auto depth_of_phase = static_cast<Index>(own.offsets.size());
    const Array transposed({sizes_.groups, channels, depth_of_phase}, dtype);
    own.packed = Array(transposed.shape(), dtype);
    T* to = transposed.data<T>();
    for (Index group = 0; group < sizes_.groups; ++group)
      for (Index channel = 0; channel < channels; ++channel)
        for (Index filter = group * filters; filter < (group + 1) * filters; ++filter)
          for (const Index place : met)
            *to++ = weight.data<T>()[(filter * channels + channel) * places + place];
    for (Index group = 0; group < sizes_.groups; ++group) {
      const Index begin = group * channels * depth_of_phase;
      kernels_.pack(channels, depth_of_phase, transposed.data<T>() + begin,
                    own.packed.template data<T>() + begin);
    }
    result.push_back(std::move(own));
  }
  return result;
}

/// Computes one phase of the gradient of an image.
template <class T>
void ConvPasses<T>::compute_input_grad(const PhaseFilters& filters, const T* grad_layout,
                                       T* scratch, T* grad_x) const {
  const ConvAxis &y = sizes_.y, &x = sizes_.x;
  const Phase& phase = filters.phase;
  const Index height = phase.bottom - phase.top, width = phase.right - phase.left;
  const Index channels = group_channels(),
              depth_of_phase = static_cast<Index>(filters.offsets.size());
  for (Index group = 0; group < sizes_.groups; ++group)
    kernels_.apply({channels, depth_of_phase,
                    filters.packed.template data<T>() + group * channels * depth_of_phase,
                    filters.offsets.data()},
                   nullptr, grad_layout + group * group_filters() * filter_stride_,
                   (height - 1) * columns_ + width, scratch + group * channels * output_stride_,
                   output_stride_);
  const Index top = phase.top * y.stride + phase.y - y.padding,
              left = phase.left * x.stride + phase.x - x.padding;
  for (Index channel = 0; channel < sizes_.channels; ++channel) {
    const T* const from = scratch + channel * output_stride_;
    T* const to = grad_x + (channel * y.extent + top) * x.extent + left;
    if (x.stride == 1)
      kernels_.copy_rows(height, width, from, columns_, to, y.stride * x.extent);
    else
      for (Index i = 0; i < height; ++i)
        for (Index j = 0; j < width; ++j)
          to[i * y.stride * x.extent + j * x.stride] = from[i * columns_ + j];
  }
}

template <class T>
void ConvPasses<T>::add_bias_sums(const T* grad, T* sums) const {
  const Index size = sizes_.y.outputs() * sizes_.x.outputs();
  constexpr Index at_once = 8;
  for (Index filter = 0; filter < sizes_.filters; ++filter) {
    const T* const from = grad + filter * size;
    T partial[at_once] = {};
    Index i = 0;
    for (; i + at_once <= size; i += at_once)
      for (Index k = 0; k < at_once; ++k) partial[k] += from[i + k];
    for (; i < size; ++i) partial[0] += from[i];
    for (const T value : partial) sums[filter] += value;
  }
}

/// Computes the gradients of a block of images. Arrays that are undefined are not wanted.
template <class T>
void ConvPasses<T>::add_block(Index block, const Array& x, const Array& grad, const BlockSums& sums,
                              const std::vector<PhaseFilters>& filters, const Array& grad_x) const {
  const Index first = block * block_images_, end = std::min(first + block_images_, sizes_.batch);
  const Index together =
      std::clamp<Index>(std::min(rounded_up(gradient_positions, positions_),
                                 gradient_elements / (image_layout() + grad_layout())),
                        1, end - first);
  const std::vector<Index> offsets = forward_offsets();
  const Array images = Array::zeros({sums.weight.defined() ? together : 0, image_layout()}, dtype);
  const Array grads = Array::zeros({together, grad_layout()}, dtype);
  const Array scratch({grad_x.defined() ? sizes_.channels * output_stride_ : 0}, dtype);
  for (Index begin = first; begin < end; begin += together) {
    const Index count = std::min(together, end - begin);
    for (Index i = 0; i < count; ++i) {
      const T* const own = grad.data<T>() + (begin + i) * output_size();
      T* const layout = grads.data<T>() + i * grad_layout();
      lay_out_grad(own, layout);
      if (sums.bias.defined())
        add_bias_sums(own, sums.bias.template data<T>() + block * sizes_.filters);
      for (const PhaseFilters& phase : filters)
        compute_input_grad(phase, layout, scratch.data<T>(),
                           grad_x.data<T>() + (begin + i) * image_size());
      if (sums.weight.defined())
        lay_out_image(x.data<T>() + (begin + i) * image_size(),
                      images.data<T>() + i * image_layout());
    }
    if (!sums.weight.defined()) continue;
    for (Index group = 0; group < sizes_.groups; ++group) {
      const Index first_filter = group * group_filters();
      kernels_.add_gradients(
          {group_filters(), depth(), offsets.data(), count, positions_,
           images.data<T>() + group * group_channels() * channel_stride_, image_layout(),
           grads.data<T>() + first_filter * filter_stride_ + margin_, filter_stride_,
           grad_layout()},
          sums.weight.template data<T>() + (block * sizes_.filters + first_filter) * depth());
    }
  }
}

template <class T>
void ConvPasses<T>::backward(const Array& x, const Array& weight, const Array& grad,
                             InputGrads& inputs) const {
  BlockSums sums;
  if (inputs.needed(1)) sums.weight = Array::zeros({blocks(), sizes_.filters * depth()}, dtype);
  const bool has_bias = sizes_.has_bias && inputs.needed(2);
  if (has_bias) sums.bias = Array::zeros({blocks(), sizes_.filters}, dtype);
  std::vector<PhaseFilters> filters;
  Array grad_x;
  if (inputs.needed(0)) {
    filters = phase_filters(weight);
    const bool all_are_read =
        sizes_.y.read() == sizes_.y.extent && sizes_.x.read() == sizes_.x.extent;
    grad_x = all_are_read ? Array(x.shape(), dtype) : Array::zeros(x.shape(), dtype);
  }
  parallel_for(blocks(), [&](Index block) { add_block(block, x, grad, sums, filters, grad_x); });
  if (inputs.needed(0)) inputs.take(0, grad_x);
  const auto add_sums = [&](const Array& of_blocks, const Array& to) {
    const Index count = to.size();
    constexpr Index worth_waking_a_thread = 1 << 12;
    parallel_for_ranges(count, worth_waking_a_thread, [&](Index begin, Index end) {
      for (Index block = 0; block < blocks(); ++block)
        for (Index i = begin; i < end; ++i)
          to.data<T>()[i] += of_blocks.data<T>()[block * count + i];
    });
  };
  if (inputs.needed(1)) add_sums(sums.weight, inputs[1]);
  if (has_bias) add_sums(sums.bias, inputs[2]);
}

template class ConvPasses<float>;
template class ConvPasses<double>;

}  // namespace scanline
