#pragma once

#include <cstddef>
#include <vector>

#include "scanline/framework/core/shape.hpp"

namespace scanline::datasets {

/// A real number for each pixel of an image.
struct Plane {
  Index rows = 0;
  Index columns = 0;
  std::vector<float> values;  // (rows, columns)

  std::size_t at(Index row, Index column) const {
    return static_cast<std::size_t>(row * columns + column);
  }
};

/// The largest of the values at most `radius` rows and columns away from each pixel.
Plane largest_around(const Plane& plane, Index radius);
/// The smallest of these values.
Plane smallest_around(const Plane& plane, Index radius);
/// The grey closing: dark places in which no square of 2 radius + 1 pixels has room are filled with
/// what surrounds them. All else, such as gradients and edges, stays as it is. See J. Serra, *Image
/// Analysis and Mathematical Morphology* (1982).
Plane closed(const Plane& plane, Index radius);
/// The grey opening: light places are filled in the same way. A light margin along the border
/// stays, as if it went on beyond the border.
Plane opened(const Plane& plane, Index radius);
/// The mean of the values at most `radius` rows and columns away from each pixel.
Plane mean_around(const Plane& plane, Index radius);

/// The step at which to sample so many values, at most about 50,000 times. It is odd and shares no
/// factor with most widths, so that all columns are sampled.
std::size_t sampling_step(std::size_t count);
/// The value below which `share` of the values are, for at least one value.
float quantile(std::vector<float> values, double share);
/// The same, of every so many values where there are many.
float sampled_quantile(const Plane& plane, double share);

}  // namespace scanline::datasets
