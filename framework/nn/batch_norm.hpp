#pragma once

#include "scanline/framework/nn/module.hpp"

namespace scanline::nn {

/// The common part of `BatchNorm1d` and `BatchNorm2d`, which standardise each feature over the
/// batch, then scale and shift it by trained weight and bias, both (features,) (Ioffe and Szegedy
/// 2015, arXiv 1502.03167). While training they use the statistics of the batch and move the
/// running ones towards them by `momentum`; in evaluation they use the running ones. As in PyTorch,
/// the batch is standardised by its biased variance, and the running variance gathers the unbiased
/// one. If several ranks compute a batch together (dist::BatchScope), the statistics are those of
/// the whole batch.
class BatchNorm : public Layer {
 public:
  const Tensor weight;               // (features,)
  const Tensor bias;                 // (features,)
  const Tensor running_mean;         // (features,), a buffer
  const Tensor running_var;          // (features,), a buffer
  const Tensor num_batches_tracked;  // scalar, int64

 protected:
  /// `epsilon` is added to the variance.
  BatchNorm(Index features, double epsilon, double momentum);
  /// What is added to the variance.
  double epsilon() const { return epsilon_; }
  /// Moves the running statistics towards those of a batch that has so many values of each feature.
  void update_running(const Array& mean, const Array& variance, Index values_per_feature) const;

 private:
  double epsilon_;
  double momentum_;
};

/// Batch normalization of (N, features) or (N, features, length), to the same shape.
class BatchNorm1d : public BatchNorm {
 public:
  /// `epsilon` is added to the variance.
  explicit BatchNorm1d(Index features, double epsilon = 1e-5, double momentum = 0.1)
      : BatchNorm(features, epsilon, momentum) {}
  /// @throws Error when x has another shape, or, while training, only one value for each feature
  ///   or a piece of a batch whose other pieces no other rank computes at the same time.
  Tensor forward(const Tensor& x) override;
};

/// Batch normalization of images (N, features, height, width), to the same shape. Unlike
/// `BatchNorm1d`, it is not composed of ops, but one op.
class BatchNorm2d : public BatchNorm {
 public:
  /// `epsilon` is added to the variance.
  explicit BatchNorm2d(Index features, double epsilon = 1e-5, double momentum = 0.1)
      : BatchNorm(features, epsilon, momentum) {}
  /// @throws Error when x has another shape, or, while training, only one value for each feature
  ///   or a piece of a batch whose other pieces no other rank computes at the same time.
  Tensor forward(const Tensor& x) override;
};

}  // namespace scanline::nn
