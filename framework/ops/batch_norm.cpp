#include "scanline/framework/ops/batch_norm.hpp"

#include <cmath>
#include <vector>

#include "scanline/framework/autograd/make_op.hpp"
#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/format.hpp"
#include "scanline/framework/core/parallel.hpp"
#include "scanline/framework/ops/detail/axis_blocks.hpp"

namespace scanline {
namespace {

constexpr const char* op_name = "batch_norm";

/// The channels of an array (B, C, ...): channel c is B runs of `places` elements.
struct Channels {
  explicit Channels(const Shape& shape) {
    const AxisBlocks blocks(op_name, shape, 1);
    batch = blocks.outer, count = blocks.extent, places = blocks.inner;
  }
  Index numbers() const { return batch * places; }
  /// Calls `body(begin)` with the first element of each run of a channel.
  template <class Body>
  void for_each_run(Index channel, Body body) const {
    for (Index b = 0; b < batch; ++b) body((b * count + channel) * places);
  }
  /// The sum of `term(i)` for all elements i of a channel. Neighbouring elements are added to
  /// several sums in turn, which vector instructions can do at once.
  template <class T, class Term>
  double sum(Index channel, Term term) const {
    constexpr Index sums = 16;
    double total = 0;
    for_each_run(channel, [&](Index begin) {
      T partial[sums] = {};
      Index i = 0;
      for (; i + sums <= places; i += sums)
        for (Index k = 0; k < sums; ++k) partial[k] += term(begin + i + k);
      for (; i < places; ++i) partial[i % sums] += term(begin + i);
      for (const T value : partial) total += static_cast<double>(value);
    });
    return total;
  }

  Index batch, count, places;
};

void check(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  check_defined(op_name, x, weight, bias);
  check_floating(op_name, x.dtype());
  for (const Tensor& parameter : {weight, bias}) {
    check_same_dtype(op_name, x.dtype(), parameter.dtype());
    if (x.rank() < 2 || parameter.shape() != Shape{x.size(1)})
      throw Error(fmt::format("{}: images {} do not fit weight {} and bias {}", op_name, x.shape(),
                              weight.shape(), bias.shape()));
  }
}

template <class T>
T inverse_deviation(T variance, double epsilon) {
  return static_cast<T>(1 / std::sqrt(static_cast<double>(variance) + epsilon));
}

/// Computes the mean and variance of each channel.
ChannelStatistics compute_statistics(const Array& x) {
  const Channels channels(x.shape());
  const ChannelStatistics result{Array({channels.count}, x.dtype()),
                                 Array({channels.count}, x.dtype())};
  const auto n = static_cast<double>(channels.numbers());
  dispatch(op_name, x.dtype(), [&]<class T>(T) {
    const T* const from = x.data<T>();
    parallel_for(channels.count, [&](Index c) {
      const T mean = static_cast<T>(channels.sum<T>(c, [&](Index i) { return from[i]; }) / n);
      result.mean.data<T>()[c] = mean;
      result.variance.data<T>()[c] = static_cast<T>(
          channels.sum<T>(c, [&](Index i) { return (from[i] - mean) * (from[i] - mean); }) / n);
    });
  });
  return result;
}

Array normalize(const Array& x, const Array& weight, const Array& bias, double epsilon,
                const ChannelStatistics& statistics) {
  const Channels channels(x.shape());
  const Array y(x.shape(), x.dtype());
  dispatch(op_name, x.dtype(), [&]<class T>(T) {
    const T* const from = x.data<T>();
    T* const to = y.data<T>();
    parallel_for(channels.count, [&](Index c) {
      const T mean = statistics.mean.data<T>()[c], shift = bias.data<T>()[c];
      const T scale =
          weight.data<T>()[c] * inverse_deviation(statistics.variance.data<T>()[c], epsilon);
      channels.for_each_run(c, [&](Index begin) {
        for (Index i = begin; i < begin + channels.places; ++i)
          to[i] = (from[i] - mean) * scale + shift;
      });
    });
  });
  return y;
}

/// What the backward pass needs.
struct Kept {
  Saved x, weight, mean, variance;
  double epsilon;
  bool are_of_the_batch;  // the statistics, which then depend on x
};

/// With z = (x - mean) / sqrt(variance + epsilon) and n numbers for each channel,
///
///     dbias = sum dy     dweight = sum dy z     dx = weight / sqrt(...) (dy - dbias / n - z
///     dweight / n)
///
/// where dx lacks the last two terms if the statistics are constants.
void add_gradients(const Kept& kept, const Array& grad, InputGrads& inputs) {
  const Channels channels(grad.shape());
  const auto n = static_cast<double>(channels.numbers());
  const Array dx = inputs.needed(0) ? Array(grad.shape(), grad.dtype()) : Array();
  const Array dweight = inputs.needed(1) ? inputs[1] : Array();
  const Array dbias = inputs.needed(2) ? inputs[2] : Array();
  dispatch(op_name, grad.dtype(), [&]<class T>(T) {
    const T *const x = kept.x.get().data<T>(), *const dy = grad.data<T>();
    const T *const means = kept.mean.get().data<T>(), *const weights = kept.weight.get().data<T>(),
                   *const variances = kept.variance.get().data<T>();
    parallel_for(channels.count, [&](Index c) {
      const T mean = means[c], inverse = inverse_deviation(variances[c], kept.epsilon);
      const double sum_dy = channels.sum<T>(c, [&](Index i) { return dy[i]; });
      const double sum_dy_z = channels.sum<T>(c, [&](Index i) { return dy[i] * (x[i] - mean); }) *
                              static_cast<double>(inverse);
      if (dbias.defined()) dbias.data<T>()[c] += static_cast<T>(sum_dy);
      if (dweight.defined()) dweight.data<T>()[c] += static_cast<T>(sum_dy_z);
      if (!dx.defined()) return;
      const T scale = weights[c] * inverse;
      const T of_mean = kept.are_of_the_batch ? static_cast<T>(sum_dy / n) : T{0};
      const T of_variance = kept.are_of_the_batch ? static_cast<T>(sum_dy_z / n) * inverse : T{0};
      T* const to = dx.data<T>();
      channels.for_each_run(c, [&](Index begin) {
        for (Index i = begin; i < begin + channels.places; ++i)
          to[i] = scale * (dy[i] - of_mean - (x[i] - mean) * of_variance);
      });
    });
  });
  if (inputs.needed(0)) inputs.take(0, dx);
}

/// The op, with these inputs for a Trace.
Tensor make(const std::vector<Tensor>& inputs, double epsilon, const ChannelStatistics& statistics,
            bool are_of_the_batch) {
  const Array &x = inputs[0].value(), &weight = inputs[1].value();
  const Array y = normalize(x, weight, inputs[2].value(), epsilon, statistics);
  return make_op(
      op_name, inputs, y,
      [kept = Kept{x, weight, statistics.mean, statistics.variance, epsilon, are_of_the_batch}](
          const Array& grad, InputGrads& to) { add_gradients(kept, grad, to); },
      {{"epsilon", epsilon}});
}

}  // namespace

BatchNormed batch_norm(const Tensor& x, const Tensor& weight, const Tensor& bias, double epsilon) {
  check(x, weight, bias);
  if (Channels(x.shape()).numbers() < 2)
    throw Error(
        fmt::format("{}: needs two values for each feature to train, got {}", op_name, x.shape()));
  const ChannelStatistics statistics = compute_statistics(x.value());
  return {make({x, weight, bias}, epsilon, statistics, true), statistics};
}

Tensor batch_norm(const Tensor& x, const Tensor& weight, const Tensor& bias, double epsilon,
                  const ChannelStatistics& statistics) {
  check(x, weight, bias);
  for (const Array& values : {statistics.mean, statistics.variance}) {
    check_defined(op_name, values);
    check_same_dtype(op_name, x.dtype(), values.dtype());
    if (values.shape() != Shape{x.size(1)})
      throw Error(fmt::format("{}: images {} do not fit statistics {}", op_name, x.shape(),
                              values.shape()));
  }
  return make({x, weight, bias, Tensor(statistics.mean), Tensor(statistics.variance)}, epsilon,
              statistics, false);
}

}  // namespace scanline
