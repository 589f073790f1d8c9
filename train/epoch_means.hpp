#pragma once

#include "scanline/framework/core/archive.hpp"
#include "scanline/framework/core/array.hpp"

namespace scanline::train {

/// Loss and accuracy over the training images of an epoch, as far as it has come. Each image counts
/// with the weights of its own step.
class EpochMeans {
 public:
  /// Counts a batch: logits (B, C) float32, labels (B,) int64, and its mean loss.
  void add(const Array& logits, const Array& labels, double loss);

  /// Images counted.
  Index images() const { return images_; }
  /// Mean loss of an image; 0 without images.
  double loss() const;
  /// The share of images that were answered rightly, from 0 to 1; 0 without images.
  double accuracy() const;

  /// Saves or loads what was counted.
  void state(Archive& archive);

 private:
  Index images_ = 0, correct_ = 0;
  double loss_sum_ = 0;
};

}  // namespace scanline::train
