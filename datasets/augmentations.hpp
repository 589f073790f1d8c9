#pragma once

#include <cstdint>

#include "scanline/framework/core/random.hpp"
#include "scanline/framework/core/registry.hpp"
#include "scanline/framework/core/shape.hpp"

namespace scanline::datasets {

/// A random change of training images. A derived class becomes an option of users by a row in a
/// registry of augmentations.
class Augmentation {
 public:
  virtual ~Augmentation() = default;
  /// Changes one image of (rows, columns) grey values. `random` is the image's own stream, which
  /// the loader keys by seed, epoch and position, so what is drawn from it is the same on any
  /// number of threads. `to` receives (rows, columns) values from 0 to 255, which need not be
  /// whole. Several threads may call it at once.
  virtual void apply(Random& random, const std::uint8_t* pixels, Index rows, Index columns,
                     float* to) const = 0;
};

/// A registry of augmentations.
using Augmentations = Registry<Augmentation>;

/// Returns the rows none, affine and elastic. A program may add rows of its own.
Augmentations built_in_augmentations();

}  // namespace scanline::datasets
