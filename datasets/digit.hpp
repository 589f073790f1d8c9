#pragma once

#include <string>

#include "scanline/datasets/preparation.hpp"

namespace scanline::datasets {

/// Prepares a picture of one digit as the images of MNIST were: the digit is light on black, the
/// longer side of its box is 20 pixels, and its centre of mass is in the middle of 28x28 pixels. A
/// digit that is nearly so already keeps its pixels. Images of another `size` show the same,
/// stretched to that size. In the picture, the digit may be dark on light or light on dark: the
/// median of the picture's border is the background. `name` is the name of the picture in messages.
/// Returns an image of that size.
/// @throws Error that begins with `name` when the picture is empty.
Image prepare_digit(const Image& picture, const std::string& name, const ImageSize& size = {});

}  // namespace scanline::datasets
