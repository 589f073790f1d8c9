#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "scanline/framework/core/random.hpp"

namespace scanline::datasets {

/// How far an image is moved at random, as handwriting differs from writer to writer. Each number
/// is the largest deviation either way; all are drawn uniformly and independently.
struct Deformation {
  double rotation = 0;  // degrees, about the middle
  double scale = 0;     // of 1; height and width alike
  double shift = 0;     // pixels, down and right
  double shear = 0;     // columns per row
  /// Pixels, down and right, by which each knot of a grid is moved; pixels between the knots follow
  /// smoothly (cubic B-splines, Rueckert et al. 1999), as rubber would.
  double elastic = 0;
};

/// The names of the ready-made ones: "none", "affine" and "elastic".
std::vector<std::string> augmentation_names();
/// The one of that name. @throws Error for an unknown one.
Deformation augmentation(const std::string& name);

/// Moves an image of (rows, columns) grey values by a deformation drawn from `random`. New pixels
/// are interpolated between the four nearest old ones; outside of the image all is 0.
/// `to` receives (rows, columns) values, from 0 to 255 but no longer whole.
void move_at_random(const Deformation& limits, Random& random, const std::uint8_t* pixels,
                    std::int64_t rows, std::int64_t columns, float* to);

}  // namespace scanline::datasets
