#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "scanline/framework/core/shape.hpp"

namespace scanline::datasets {

/// Height and width of a prepared image.
constexpr Index image_side = 28;

/// Reads a picture of one digit and prepares it as the images of MNIST were: the digit light on
/// black, the longer side of its box 20 pixels, its centre of mass in the middle of 28x28. A digit
/// that is (nearly) so already keeps its pixels.
///
/// The picture may be a PNG, JPEG, uncompressed BMP, or binary PGM or PPM file of any size up to 64
/// megapixels, grey or in colours, with or without transparency, of 8 bits or, in a PNG, 16. In a
/// PNG of 16 bits whose grey levels need at most 10, 12 or 14 bits, the largest number of so many
/// bits stands for white. The digit may be dark on light or light on dark: what most of the
/// picture's border shows is taken for the background. Turning the picture as its EXIF data may say
/// is left to others. Returns (28, 28) pixels.
/// @throws Error that names the file when it is no such picture, too large, not whole, or empty.
std::vector<std::uint8_t> read_digit(const std::filesystem::path& file);

}  // namespace scanline::datasets
