#include "scanline/framework/nn/batch_norm.hpp"

#include <fmt/format.h>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/nn/init.hpp"
#include "scanline/framework/ops/elementwise.hpp"
#include "scanline/framework/ops/movement.hpp"
#include "scanline/framework/ops/normalize.hpp"

namespace scanline::nn {

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
    const Index values_per_feature = x.size(0) * (has_length ? x.size(2) : 1);
    if (values_per_feature < 2)
      throw Error(fmt::format("batch_norm: needs two values for each feature to train, got {}",
                              to_string(x.shape())));
    used = has_length ? moments(x, {0, 2}) : moments(x, {0});
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
