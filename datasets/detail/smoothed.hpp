#pragma once

#include "scanline/datasets/detail/plane.hpp"

namespace scanline::datasets {

/// Levels in which the noise is weak enough to see strokes.
struct Smoothed {
  Plane levels;
  double noise;  // the standard deviation of what is left of it
};

/// Averages a plane of logarithms over as many pixels as it takes to see strokes in the noise: none
/// where there is little noise. Single pixels of a wrong level, which are the noise of old scans,
/// become the median of those around them. Pictures of less than 64 pixels stay as they are, since
/// their strokes are not much wider than a pixel.
Smoothed smoothed(const Plane& levels);

}  // namespace scanline::datasets
