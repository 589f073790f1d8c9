#pragma once

#include "scanline/datasets/detail/plane.hpp"

namespace scanline::datasets {

/// The standard deviation of the noise, from the median of second differences: edges and strokes
/// are few. A second difference of independent values has six times their variance.
double noise_of(const Plane& levels);

/// Averages a plane of logarithms over as many pixels as it takes to see strokes in the noise: none
/// where there is little noise. Single pixels of a wrong level, which are the noise of old scans,
/// become the median of those around them. Pictures of less than 64 pixels stay as they are, since
/// their strokes are not much wider than a pixel.
Plane smoothed(const Plane& levels);

}  // namespace scanline::datasets
