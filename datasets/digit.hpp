#pragma once

#include <filesystem>
#include <string>

#include "scanline/datasets/decode_image.hpp"

namespace scanline::datasets {

/// Height and width of a prepared digit, in pixels.
constexpr Index image_side = 28;

/// Prepares a picture of one digit as the images of MNIST were: the digit is light on black, the
/// longer side of its box is 20 pixels, and its centre of mass is in the middle of 28x28 pixels. A
/// digit that is nearly so already keeps its pixels. In the picture, the digit may be dark on
/// light or light on dark: the median of the picture's border is the background. `name` is the name
/// of the picture in messages. Returns an image of 28x28 pixels.
/// @throws Error that begins with `name` when the picture is empty.
Image prepare_digit(const Image& picture, const std::string& name);

/// Reads a picture as `read_image` does, and prepares it as `prepare_digit` does.
/// @throws Error that names the file when either of the two fails.
Image read_digit(const std::filesystem::path& file);

}  // namespace scanline::datasets
