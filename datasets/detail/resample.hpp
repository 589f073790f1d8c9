#pragma once

#include <vector>

#include "scanline/datasets/decode_image.hpp"

namespace scanline::datasets {

/// `count` pixels in a row, each `step` pixels of another image wide. The first one begins `start`
/// pixels from that image's edge.
struct Axis {
  double start, step;
  Index count;
};

/// Samples an image at other places or in another size. Large images are averaged over the area of
/// each new pixel, and small ones are interpolated linearly. Returns (down.count, across.count)
/// differences from `background`, which is also the grey level outside of the image.
std::vector<double> resample(const Image& image, double background, const Axis& down,
                             const Axis& across);

/// Samples a whole image in another size, in the same way. Returns (rows, columns) grey levels. At
/// the edges, only pixels of the image count.
std::vector<double> resample_whole(const Image& image, Index rows, Index columns);

}  // namespace scanline::datasets
