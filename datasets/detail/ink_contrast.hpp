#pragma once

#include "scanline/datasets/decode_image.hpp"
#include "scanline/datasets/detail/plane.hpp"

namespace scanline::datasets {

/// Reduces a picture so that its longer side is at most `longest` pixels, and makes one number of
/// each pixel, in which the ink stands out most: the weighted sum of the logarithms of its colours.
/// Where light is weaker by some factor, all numbers are smaller by as much, and their differences
/// stay. The weights are the direction in which the colours change most, which tells red ink from
/// green paper of the same brightness. Their magnitudes add up to 1, and the largest is positive.
/// See S. Di Zenzo, *A Note on the Gradient of a Multi-Image* (1986).
Plane find_contrast(const ColourImage& picture, Index longest);

}  // namespace scanline::datasets
