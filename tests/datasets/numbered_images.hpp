#pragma once

#include "scanline/datasets/dataset.hpp"

namespace scanline::test {

/// Images of one pixel: number i has the value i, and class i % 3.
inline datasets::Dataset numbered_images(Index count) {
  datasets::Dataset images;
  images.count = count;
  images.rows = images.columns = 1;
  for (Index i = 0; i < count; ++i) {
    images.pixels.push_back(static_cast<std::uint8_t>(i));
    images.labels.push_back(static_cast<datasets::Label>(i % 3));
  }
  images.class_names = {"a", "b", "c"};
  return images;
}

}  // namespace scanline::test
