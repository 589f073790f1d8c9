#pragma once

#include "scanline/framework/nn/module.hpp"

namespace scanline::nn {

/// Standardises each feature over the batch, then scales and shifts it by trained weight and bias,
/// both (features,) (Ioffe and Szegedy 2015, arXiv 1502.03167): (N, features) or
/// (N, features, length) to the same shape. While training it uses the statistics of the batch and
/// moves the running ones towards them by `momentum`; in evaluation it uses the running ones. As
/// in PyTorch, the batch is standardised by its biased variance, and the running variance gathers
/// the unbiased one. If several ranks compute a batch together (dist::BatchScope), the statistics
/// are those of the whole batch.
class BatchNorm1d : public Layer {
 public:
  /// `epsilon` is added to the variance.
  explicit BatchNorm1d(Index features, double epsilon = 1e-5, double momentum = 0.1);
  /// @throws Error when x has another shape, or, while training, only one value for each feature
  ///   or a piece of a batch whose other pieces no other rank computes at the same time.
  Tensor forward(const Tensor& x) override;

  const Tensor weight;               // (features,)
  const Tensor bias;                 // (features,)
  const Tensor running_mean;         // (features,), a buffer
  const Tensor running_var;          // (features,), a buffer
  const Tensor num_batches_tracked;  // scalar, int64

 private:
  void update_running(const Array& mean, const Array& variance, Index values_per_feature) const;

  double epsilon_;
  double momentum_;
};

}  // namespace scanline::nn
