#pragma once

#include <vector>

#include "scanline/datasets/detail/components.hpp"

namespace scanline::datasets {

/// Whether a picture of this size has room for one digit, and not for shadows.
constexpr bool is_small_picture(Index rows, Index columns) { return rows <= 40 && columns <= 40; }

/// The strokes of a picture, for one of the two ways that ink and paper can differ.
struct Strokes {
  /// How much each pixel differs from the paper around it: the part of the light that is missing
  /// for dark ink, and what is added for light ink.
  Plane density;
  float threshold = 0;         // of the density; pixels of strokes are above it
  double noise = 0;            // differences that mean nothing
  Components components;       // of what is above it, without the lines of paper
  std::vector<double> scores;  // how much like a stroke of a digit each component is
  double contrast = 0;         // of the best one with its paper, as a difference of logarithms
  double score = 0;            // the highest of them
};

/// Finds strokes that are darker than what is around them in a plane of logarithms or, if
/// `is_light` says so, lighter. Strokes are at most 2 radius + 1 pixels wide.
Strokes find_strokes(const Plane& levels, bool is_light, Index radius);

}  // namespace scanline::datasets
