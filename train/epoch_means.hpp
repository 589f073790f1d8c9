#pragma once

#include "scanline/framework/core/archive.hpp"
#include "scanline/framework/core/shape.hpp"

namespace scanline::train {

/// Mean loss and accuracy over the training images of an epoch so far, each with the weights of its
/// step.
class EpochMeans {
 public:
  /// Adds a batch of so many images, of which `correct` were answered right, and its mean loss.
  void add(Index images, Index correct, double loss);

  /// The number of images.
  Index images() const { return images_; }
  /// Mean loss of an image; 0 without images.
  double loss() const;
  /// The share of correct predictions, from 0 to 1; 0 without images.
  double accuracy() const;

  /// Saves or loads the sums.
  void state(Archive& archive);

 private:
  Index images_ = 0, correct_ = 0;
  double loss_sum_ = 0;
};

}  // namespace scanline::train
