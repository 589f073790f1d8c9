#include "scanline/framework/ops/reduce.hpp"

#include <algorithm>
#include <cmath>

#include "scanline/framework/autograd/make_op.hpp"
#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/format.hpp"
#include "scanline/framework/core/parallel.hpp"
#include "scanline/framework/ops/detail/axis_blocks.hpp"
#include "scanline/framework/ops/elementwise.hpp"
#include "scanline/framework/ops/movement.hpp"

namespace scanline {
namespace {

/// What a reduction over `axes` does to the shape of x.
struct Reduction {
  Reduction(const char* op, const Tensor& x, const std::vector<Index>& axes) {
    check_defined(op, x);
    check_floating(op, x.dtype());
    const Shape& shape = x.shape();
    kept = shape;
    std::vector<bool> is_reduced(static_cast<std::size_t>(shape.rank()));
    for (const Index named : axes) {
      const auto axis = static_cast<std::size_t>(normalize_axis(op, named, shape.rank()));
      if (is_reduced[axis]) throw Error(fmt::format("{}: axis {} is named twice", op, named));
      is_reduced[axis] = true;
      reduced.push_back(axis);
      kept = kept.with(named, 1);
      elements *= shape[named];
    }
    std::sort(reduced.begin(), reduced.end());
    for (Index axis = 0; axis < shape.rank(); ++axis)
      if (!is_reduced[static_cast<std::size_t>(axis)]) dropped.push_back(shape[axis]);
  }
  Shape kept;                        // the result with its reduced axes, of extent 1
  Shape dropped;                     // the result without them
  std::vector<std::size_t> reduced;  // ascending
  Index elements = 1;                // that go into one element of the result
};

std::vector<Index> all_axes(const char* op, const Tensor& x) {
  check_defined(op, x);
  std::vector<Index> axes;
  for (Index axis = 0; axis < x.rank(); ++axis) axes.push_back(axis);
  return axes;
}

}  // namespace

Tensor sum(const Tensor& x) { return sum(x, all_axes("sum", x)); }

Tensor sum(const Tensor& x, const std::vector<Index>& axes, bool keep_axes) {
  const Reduction reduction("sum", x, axes);
  const Array total = Array::zeros(reduction.kept, x.dtype());
  add_to(total, x.value());
  return make_op("sum", {x}, total.reshape(keep_axes ? reduction.kept : reduction.dropped),
                 [kept = reduction.kept](const Array& grad, InputGrads& inputs) {
                   // Each summand receives the whole gradient of its sum.
                   inputs.add(0, {grad.reshape(kept)}, [](auto g) { return g; });
                 },
                 {{"axes", axes}, {"keep_axes", Index{keep_axes}}});
}

Tensor mean(const Tensor& x) { return mean(x, all_axes("mean", x)); }

Tensor mean(const Tensor& x, const std::vector<Index>& axes, bool keep_axes) {
  const Reduction reduction("mean", x, axes);
  return sum(x, axes, keep_axes) / static_cast<double>(reduction.elements);
}

Tensor max(const Tensor& x) { return max(x, all_axes("max", x)); }

Tensor max(const Tensor& x, const std::vector<Index>& axes, bool keep_axes) {
  const Reduction reduction("max", x, axes);
  if (reduction.elements == 0)
    throw Error(fmt::format("max: no elements to choose from along the axes of {}", x.shape()));
  const Array largest(reduction.kept, x.dtype());
  // With the reduced axes in front, what is compared lies side by side.
  std::vector<Index> order(reduction.reduced.begin(), reduction.reduced.end());
  for (Index axis = 0; axis < x.rank(); ++axis)
    if (std::find(order.begin(), order.end(), axis) == order.end()) order.push_back(axis);
  const Tensor permuted = permute(x.detach(), order);
  const Index count = reduction.elements, columns = largest.size();
  const auto for_each_block = [count, columns](const auto& body) {
    parallel_for_ranges(columns, std::max<Index>(1, (1 << 15) / count), body);
  };
  dispatch("max", x.dtype(), [&]<class T>(T) {
    const T* candidates = permuted.value().data<T>();
    for_each_block([&](Index begin, Index end) {
      T* to = largest.data<T>();
      std::copy(candidates + begin, candidates + end, to + begin);
      for (Index i = 1; i < count; ++i) {
        const T* from = candidates + i * columns;
        // What is not a number wins, so that nobody overlooks it.
        for (Index k = begin; k < end; ++k)
          to[k] = from[k] > to[k] || std::isnan(from[k]) ? from[k] : to[k];
      }
    });
  });
  const auto backward = [=, all = Saved(permuted.value()), maxima = Saved(largest)](
                            const Array& grad, InputGrads& inputs) {
    if (!inputs.needed(0)) return;
    const Array shares(all.get().shape(), grad.dtype());
    dispatch("max", grad.dtype(), [&]<class T>(T) {
      const T *candidates = all.get().data<T>(), *m = maxima.get().data<T>(), *dy = grad.data<T>();
      for_each_block([&](Index begin, Index end) {
        std::vector<T> shared(static_cast<std::size_t>(end - begin));
        T* share = shared.data();  // of the gradient, for each winner
        for (Index i = 0; i < count; ++i) {
          const T* from = candidates + i * columns;
          for (Index k = begin; k < end; ++k) share[k - begin] += from[k] == m[k] ? T{1} : T{0};
        }
        for (Index k = begin; k < end; ++k) share[k - begin] = dy[k] / share[k - begin];
        for (Index i = 0; i < count; ++i) {
          const T* from = candidates + i * columns;
          T* to = shares.data<T>() + i * columns;
          for (Index k = begin; k < end; ++k) to[k] = from[k] == m[k] ? share[k - begin] : T{0};
        }
      });
    });
    std::vector<Index> back(order.size());
    for (std::size_t i = 0; i < order.size(); ++i)
      back[static_cast<std::size_t>(order[i])] = static_cast<Index>(i);
    inputs.take(0, permute(Tensor(shares), back).value());
  };
  return make_op("max", {x}, largest.reshape(keep_axes ? reduction.kept : reduction.dropped),
                 backward, {{"axes", axes}, {"keep_axes", Index{keep_axes}}});
}

Array argmax(const Tensor& x, Index axis) {
  check_defined("argmax", x);
  const AxisBlocks blocks("argmax", x.shape(), axis);
  if (blocks.extent == 0)
    throw Error(
        fmt::format("argmax: no elements to choose from along axis {} of {}", axis, x.shape()));
  const Array result(x.shape().without(axis), DType::int64);
  dispatch("argmax", x.dtype(), [&]<class T>(T) {
    auto* to = result.data<std::int64_t>();
    for (Index o = 0; o < blocks.outer; ++o)
      for (Index i = 0; i < blocks.inner; ++i) {
        const T* from = x.value().data<T>() + o * blocks.extent * blocks.inner + i;
        Index best = 0;
        for (Index k = 1; k < blocks.extent; ++k) {
          const T value = from[k * blocks.inner], largest = from[best * blocks.inner];
          // As in max, what is not a number wins.
          if (value > largest || (std::isnan(value) && !std::isnan(largest))) best = k;
        }
        *to++ = best;
      }
  });
  return result;
}

}  // namespace scanline
