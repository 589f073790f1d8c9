#pragma once

#include "scanline/framework/autograd/tensor.hpp"
#include "scanline/framework/core/fields.hpp"
#include "scanline/framework/core/registry.hpp"

namespace scanline::train {

/// A loss, which training minimizes.
class Loss {
 public:
  virtual ~Loss() = default;
  /// The mean over a batch, a scalar: logits (B, C), labels (B,) int64 from 0 to C - 1.
  virtual Tensor operator()(const Tensor& logits, const Array& labels) const = 0;
};

/// The cross-entropy of the softmax of the logits.
class CrossEntropy : public Loss {
 public:
  /// The options; the defaults are PyTorch's.
  struct Options {
    /// The share of the target probability, from 0 to 1, that is distributed equally over all
    /// classes.
    double label_smoothing = 0;

    /// Declares label-smoothing.
    void declare(Fields& fields);
  };
  /// A loss with these options.
  explicit CrossEntropy(const Options& options) : options_(options) {}

  Tensor operator()(const Tensor& logits, const Array& labels) const override;

 private:
  Options options_;
};

/// A registry of losses.
using Losses = Registry<Loss>;

/// Returns the row cross-entropy. A program may add rows of its own.
Losses losses();

}  // namespace scanline::train
