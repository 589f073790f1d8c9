#pragma once

#include <cstdint>

#include "scanline/datasets/augmentations.hpp"
#include "scanline/framework/core/random.hpp"

namespace scanline::datasets {

/// Deforms images at random, as handwriting differs from writer to writer. New pixels are
/// interpolated between the four nearest old ones, and pixels outside of the image are 0.
class Deformation : public Augmentation {
 public:
  /// How far images are deformed. Each number is the largest deviation in either direction; all
  /// deviations are drawn uniformly and independently.
  struct Limits {
    double rotation = 0;  ///< Degrees, about the middle.
    double scale = 0;     ///< Fraction by which height and width change alike.
    double shift = 0;     ///< Pixels, down and to the right.
    double shear = 0;     ///< Columns per row.
    /// Pixels, down and to the right, by which each knot of a grid is moved. Pixels between the
    /// knots follow smoothly (cubic B-splines, Rueckert et al. 1999).
    double elastic = 0;
  };

  /// Deforms images within these limits.
  explicit Deformation(const Limits& limits) : limits_(limits) {}
  void apply(Random& random, const std::uint8_t* pixels, Index rows, Index columns,
             float* to) const override;

 private:
  Limits limits_;
};

}  // namespace scanline::datasets
