#include "scanline/framework/ops/pool.hpp"

#include <algorithm>
#include <array>

#include "scanline/framework/autograd/make_op.hpp"
#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/format.hpp"
#include "scanline/framework/core/parallel.hpp"

namespace scanline {
namespace {

/// Where a window begins and ends along one axis of an image, without its padding.
struct Span {
  Index begin, end;
};
/// One axis of an image that a window moves along.
struct PoolAxis {
  Index outputs() const { return (extent + 2 * padding - window) / stride + 1; }
  Span span(Index output) const {
    const Index begin = output * stride - padding;
    return {std::max<Index>(begin, 0), std::min(begin + window, extent)};
  }
  Index extent, window, stride, padding;
};
/// Images that a window moves over.
struct Pooling {
  /// @throws Error when the images do not fit the window.
  Pooling(const char* op, const Tensor& images, const Window2d& window) {
    check_defined(op, images);
    check_floating(op, images.dtype());
    if (images.rank() != 4)
      throw Error(fmt::format("{}: needs (B, C, H, W), got {}", op, images.shape()));
    const auto [size, stride, padding] = checked(op, window);
    y = {images.size(2), size.height, stride.height, padding.height};
    x = {images.size(3), size.width, stride.width, padding.width};
    if (y.extent + 2 * y.padding < y.window || x.extent + 2 * x.padding < x.window)
      throw Error(fmt::format("{}: a window of {} x {} is larger than the padded images {}", op,
                              size.height, size.width, images.shape()));
    in = images.shape();
    out = in.with(2, y.outputs()).with(3, x.outputs());
  }

  /// Calls `body(output, rows, columns, first)` for each output in turn: its position among all
  /// outputs, its window without padding, and where the window's channel begins. Channels are
  /// divided among the threads.
  template <class Body>
  void for_each_window(const Body& body) const {
    const Index height = y.outputs(), width = x.outputs(), size = y.extent * x.extent;
    const Index channels = in[0] * in[1];
    const Index worth_waking_a_thread = std::max<Index>(1, (1 << 13) / std::max<Index>(1, size));
    parallel_for_ranges(channels, worth_waking_a_thread, [&](Index begin, Index end) {
      for (Index channel = begin; channel < end; ++channel)
        for (Index i = 0; i < height; ++i) {
          const Span rows = y.span(i);
          for (Index j = 0; j < width; ++j)
            body((channel * height + i) * width + j, rows, x.span(j), channel * size);
        }
    });
  }

  PoolAxis y, x;
  Shape in, out;
};

/// The position of the largest number of a window. Which one that is cannot be foreseen, so there
/// is no branch on it.
template <class T>
Index find_largest(const T* from, Span rows, Span columns, Index width) {
  Index best = rows.begin * width + columns.begin;
  T largest = from[best];
  for (Index i = rows.begin; i < rows.end; ++i)
    for (Index j = columns.begin; j < columns.end; ++j) {
      const T value = from[i * width + j];
      const bool wins = (value > largest) | (value != value);  // or is not a number
      largest = wins ? value : largest;
      best = wins ? i * width + j : best;
    }
  return best;
}

using Sides = std::array<Index, 2>;

}  // namespace

Window2d checked(const char* op, Window2d window) {
  const auto [size, stride, padding] = window;
  const auto fits = [](Index of_size, Index of_stride, Index of_padding) {
    return of_size >= 1 && of_stride >= 0 && of_padding >= 0 && 2 * of_padding <= of_size;
  };
  if (!fits(size.height, stride.height, padding.height) ||
      !fits(size.width, stride.width, padding.width))
    throw Error(fmt::format(
        "{}: needs a window of at least 1 x 1, a stride of at least 0 and a padding of at most "
        "half "
        "the window, got {} x {}, {} x {} and {} x {}",
        op, size.height, size.width, stride.height, stride.width, padding.height, padding.width));
  if (stride.height == 0) window.stride.height = size.height;
  if (stride.width == 0) window.stride.width = size.width;
  return window;
}

Tensor max_pool2d(const Tensor& x, const Window2d& window) {
  const Pooling pooling("max_pool2d", x, window);
  const Saved xs = x.value();
  const Array y(pooling.out, x.dtype());
  dispatch("max_pool2d", x.dtype(), [&]<class T>(T) {
    const T* const from = xs.get().data<T>();
    T* const to = y.data<T>();
    pooling.for_each_window([&](Index output, Span rows, Span columns, Index first) {
      const T* const channel = from + first;
      to[output] = channel[find_largest(channel, rows, columns, pooling.x.extent)];
    });
  });
  const auto [size, stride, padding] = checked("max_pool2d", window);
  return make_op(
      "max_pool2d", {x}, y,
      [xs, pooling](const Array& grad, InputGrads& inputs) {
        if (!inputs.needed(0)) return;
        dispatch("max_pool2d", grad.dtype(), [&]<class T>(T) {
          const T *const from = xs.get().data<T>(), *const dy = grad.data<T>();
          T* const dx = inputs[0].data<T>();
          pooling.for_each_window([&](Index output, Span rows, Span columns, Index first) {
            dx[first + find_largest(from + first, rows, columns, pooling.x.extent)] += dy[output];
          });
        });
      },
      {{"kernel_size", Sides{size.height, size.width}},
       {"stride", Sides{stride.height, stride.width}},
       {"padding", Sides{padding.height, padding.width}}});
}

Tensor avg_pool2d(const Tensor& x, const Window2d& window) {
  const Pooling pooling("avg_pool2d", x, window);
  const Array y(pooling.out, x.dtype());
  const auto [size, stride, padding] = checked("avg_pool2d", window);
  const auto count = static_cast<double>(size.height * size.width);
  dispatch("avg_pool2d", x.dtype(), [&]<class T>(T) {
    const T* const from = x.value().data<T>();
    T* const to = y.data<T>();
    pooling.for_each_window([&](Index output, Span rows, Span columns, Index first) {
      T sum = 0;
      for (Index i = rows.begin; i < rows.end; ++i)
        for (Index j = columns.begin; j < columns.end; ++j)
          sum += from[first + i * pooling.x.extent + j];
      to[output] = sum / static_cast<T>(count);
    });
  });
  return make_op(
      "avg_pool2d", {x}, y,
      [pooling, count](const Array& grad, InputGrads& inputs) {
        if (!inputs.needed(0)) return;
        dispatch("avg_pool2d", grad.dtype(), [&]<class T>(T) {
          const T* const dy = grad.data<T>();
          T* const dx = inputs[0].data<T>();
          pooling.for_each_window([&](Index output, Span rows, Span columns, Index first) {
            const T share = dy[output] / static_cast<T>(count);
            for (Index i = rows.begin; i < rows.end; ++i)
              for (Index j = columns.begin; j < columns.end; ++j)
                dx[first + i * pooling.x.extent + j] += share;
          });
        });
      },
      {{"kernel_size", Sides{size.height, size.width}},
       {"stride", Sides{stride.height, stride.width}},
       {"padding", Sides{padding.height, padding.width}}});
}

}  // namespace scanline
