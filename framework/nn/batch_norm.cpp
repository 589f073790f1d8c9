#include "scanline/framework/nn/batch_norm.hpp"

#include <fmt/format.h>

#include <vector>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/dist/all_sum.hpp"
#include "scanline/framework/dist/batch_share.hpp"
#include "scanline/framework/nn/init.hpp"
#include "scanline/framework/ops/elementwise.hpp"
#include "scanline/framework/ops/movement.hpp"
#include "scanline/framework/ops/normalize.hpp"
#include "scanline/framework/ops/reduce.hpp"

namespace scanline::nn {
namespace {

/// Mean and variance over the rows of all ranks, of which this one has `x`. `count` is the number
/// of values of a feature on all ranks.
Moments moments_of_ranks(const dist::Communicator& ranks, const Tensor& x,
                         const std::vector<Index>& axes, Index count) {
  const double share = 1 / static_cast<double>(count);
  const Tensor average = dist::all_sum(ranks, sum(x, axes, /*keep_axes=*/true)) * share;
  const Tensor deviation = x - average;
  const Tensor squares = sum(deviation * deviation, axes, /*keep_axes=*/true);
  return {average, dist::all_sum(ranks, squares) * share};
}

}  // namespace

BatchNorm1d::BatchNorm1d(Index features, double epsilon, double momentum)
    : weight(parameter("weight", init::ones({features}))),
      bias(parameter("bias", init::zeros({features}))),
      running_mean(buffer("running_mean", init::zeros({features}))),
      running_var(buffer("running_var", init::ones({features}))),
      num_batches_tracked(buffer("num_batches_tracked", Array::zeros({}, DType::int64))),
      epsilon_(epsilon),
      momentum_(momentum) {}

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
    const dist::BatchShare& share = dist::present_share();
    if (!share.is_whole() && share.ranks == nullptr)
      throw Error("batch_norm: needs a whole batch to train, got a piece of one");
    const Index rows = share.is_whole() ? x.size(0) : share.total;
    const Index values_per_feature = rows * (has_length ? x.size(2) : 1);
    if (values_per_feature < 2)
      throw Error(fmt::format("batch_norm: needs two values for each feature to train, got {}",
                              to_string(x.shape())));
    const std::vector<Index> axes = has_length ? std::vector<Index>{0, 2} : std::vector<Index>{0};
    used = share.is_whole() ? moments(x, axes)
                            : moments_of_ranks(*share.ranks, x, axes, values_per_feature);
    update_running(used.mean.value(), used.variance.value(), values_per_feature);
  }
  return standardize(x, used, epsilon_) * along_features(weight) + along_features(bias);
}

void BatchNorm1d::update_running(const Array& mean, const Array& variance,
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

}  // namespace scanline::nn
