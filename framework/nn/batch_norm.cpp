#include "scanline/framework/nn/batch_norm.hpp"

#include <fmt/format.h>

#include <vector>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/dist/all_sum.hpp"
#include "scanline/framework/dist/batch_share.hpp"
#include "scanline/framework/nn/init.hpp"
#include "scanline/framework/ops/batch_norm.hpp"
#include "scanline/framework/ops/elementwise.hpp"
#include "scanline/framework/ops/movement.hpp"
#include "scanline/framework/ops/normalize.hpp"
#include "scanline/framework/ops/reduce.hpp"

namespace scanline::nn {
namespace {

/// The values of a feature in the whole batch, of which this rank may have only some rows.
/// @throws Error for fewer than two, and for a piece of a batch that no other rank helps with.
Index count_values(const Tensor& x) {
  const dist::BatchShare& share = dist::present_share();
  if (!share.is_whole() && share.ranks == nullptr)
    throw Error("batch_norm: needs a whole batch to train, got a piece of one");
  Index count = share.is_whole() ? x.size(0) : share.total;
  for (Index axis = 2; axis < x.rank(); ++axis) count *= x.size(axis);
  if (count < 2)
    throw Error(fmt::format("batch_norm: needs two values for each feature to train, got {}",
                            to_string(x.shape())));
  return count;
}

/// Mean and variance over the rows of all ranks, of which this one has `x`. `count` is the number
/// of values of a feature on all ranks.
Moments moments_of_ranks(const Tensor& x, const std::vector<Index>& axes, Index count) {
  const dist::Communicator& ranks = *dist::present_share().ranks;
  const double share = 1 / static_cast<double>(count);
  const Tensor average = dist::all_sum(ranks, sum(x, axes, /*keep_axes=*/true)) * share;
  const Tensor deviation = x - average;
  const Tensor squares = sum(deviation * deviation, axes, /*keep_axes=*/true);
  return {average, dist::all_sum(ranks, squares) * share};
}

}  // namespace

BatchNorm::BatchNorm(Index features, double epsilon, double momentum)
    : weight(parameter("weight", init::ones({features}))),
      bias(parameter("bias", init::zeros({features}))),
      running_mean(buffer("running_mean", init::zeros({features}))),
      running_var(buffer("running_var", init::ones({features}))),
      num_batches_tracked(buffer("num_batches_tracked", Array::zeros({}, DType::int64))),
      epsilon_(epsilon),
      momentum_(momentum) {}

void BatchNorm::update_running(const Array& mean, const Array& variance,
                               Index values_per_feature) const {
  const auto n = static_cast<double>(values_per_feature);
  dispatch("batch_norm", mean.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const auto momentum = static_cast<T>(momentum_), unbias = static_cast<T>(n / (n - 1));
    T* running_means = running_mean.value().data<T>();
    T* running_variances = running_var.value().data<T>();
    for (Index i = 0; i < mean.size(); ++i) {
      running_means[i] += momentum * (mean.data<T>()[i] - running_means[i]);
      running_variances[i] += momentum * (variance.data<T>()[i] * unbias - running_variances[i]);
    }
  });
  ++*num_batches_tracked.value().data<std::int64_t>();
  for (const Tensor& changed : {running_mean, running_var, num_batches_tracked})
    changed.value().mark_changed();
}

Tensor BatchNorm1d::forward(const Tensor& x) {
  check_defined("batch_norm", x);
  const Index features = weight.size(0);
  if ((x.rank() != 2 && x.rank() != 3) || x.size(1) != features)
    throw Error(fmt::format("batch_norm: needs (N, {0}) or (N, {0}, length), got {1}", features,
                            to_string(x.shape())));
  check_same_dtype("batch_norm", x.dtype(), weight.dtype());
  // All that belongs to the features stands along axis 1.
  const bool has_length = x.rank() == 3;
  const auto along_features = [&](const Tensor& values) {
    return has_length ? reshape(values, {1, features, 1}) : reshape(values, {1, features});
  };
  Moments used{along_features(running_mean), along_features(running_var)};
  if (is_training()) {
    const Index values_per_feature = count_values(x);
    const std::vector<Index> axes = has_length ? std::vector<Index>{0, 2} : std::vector<Index>{0};
    used = dist::present_share().is_whole() ? moments(x, axes)
                                            : moments_of_ranks(x, axes, values_per_feature);
    update_running(used.mean.value(), used.variance.value(), values_per_feature);
  }
  return standardize(x, used, epsilon()) * along_features(weight) + along_features(bias);
}

Tensor BatchNorm2d::forward(const Tensor& x) {
  check_defined("batch_norm", x);
  if (x.rank() != 4 || x.size(1) != weight.size(0))
    throw Error(fmt::format("batch_norm: needs (N, {}, height, width), got {}", weight.size(0),
                            to_string(x.shape())));
  if (!is_training())
    return batch_norm(x, weight, bias, epsilon(), {running_mean.value(), running_var.value()});
  const Index values_per_feature = count_values(x);
  if (!dist::present_share().is_whole()) {
    const Moments used = moments_of_ranks(x, {0, 2, 3}, values_per_feature);
    update_running(used.mean.value(), used.variance.value(), values_per_feature);
    const std::vector<Index> along_features{1, x.size(1), 1, 1};
    return standardize(x, used, epsilon()) * reshape(weight, along_features) +
           reshape(bias, along_features);
  }
  const BatchNormed result = batch_norm(x, weight, bias, epsilon());
  update_running(result.statistics.mean, result.statistics.variance, values_per_feature);
  return result.y;
}

}  // namespace scanline::nn
