#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "framework/core/random.hpp"

namespace scanline::datasets {

/// How far an image is moved at random, as handwriting differs from writer to writer. Each number
/// is the largest deviation either way; all are drawn uniformly and independently.
struct Affine {
  double rotation = 0;  // degrees, about the middle
  double scale = 0;     // of 1; height and width alike
  double shift = 0;     // pixels, down and right
  double shear = 0;     // columns per row
};

/// The names of the ready-made ones: "none" and "affine".
std::vector<std::string> augmentation_names();
/// The one of that name. @throws Error for an unknown one.
Affine augmentation(const std::string& name);

/// Moves an image of (rows, columns) grey values by a transformation drawn from `random`. New
/// pixels are interpolated between the four nearest old ones; outside of the image all is 0.
/// `to` receives (rows, columns) values, from 0 to 255 but no longer whole.
void move_at_random(const Affine& limits, Random& random, const std::uint8_t* pixels,
                    std::int64_t rows, std::int64_t columns, float* to);

}  // namespace scanline::datasets
