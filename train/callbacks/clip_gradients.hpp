#pragma once

#include <limits>
#include <vector>

#include "scanline/framework/autograd/tensor.hpp"
#include "scanline/framework/core/fields.hpp"
#include "scanline/train/callbacks/callback.hpp"

namespace scanline::train {

/// Clips the global gradient norm.
class ClipGradients : public Callback {
 public:
  /// How far gradients are clipped.
  struct Options {
    /// The largest norm; 0: gradients stay as they are.
    double clip_norm = 0;

    /// Declares clip-norm.
    void declare(Fields& fields);
  };
  /// Clips the gradients of these parameters.
  ClipGradients(const Options& options, std::vector<Tensor> parameters);

  void on_gradients_ready(Trainer& trainer) override;
  /// The norm in the last step before clipping; NaN if gradients are not clipped.
  double norm() const { return norm_; }

 private:
  Options options_;
  std::vector<Tensor> parameters_;
  double norm_ = std::numeric_limits<double>::quiet_NaN();
};

}  // namespace scanline::train
