#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "scanline/datasets/detail/number_file.hpp"

namespace scanline::datasets {

/// Images in a file, whose pixels are numbers of any type.
struct ImageNumbers {
  NumberFile file;
  Index count = 0, rows = 0, columns = 0;  ///< Images, and their size.
  Index channels = 1;  ///< 1 for grey levels, 3 for red, green and blue, 4 with opacity.
};

/// @throws Error unless there are images with a height and a width from 1 to `longest_side`.
void check_size(const ImageNumbers& images);

/// The number that is white in the images and in others beside them, as `white_of` says. Real
/// numbers are read for this.
double find_white(const ImageNumbers& images, const std::optional<double>& max_value);

/// The pixels of images.
struct Pixels {
  std::vector<std::uint8_t> values;  ///< (count, rows, columns)
  double largest = 0;                ///< The largest number in the file.
};

/// Reads images and makes pixels of their numbers, of which `white` becomes 255. Colours become
/// grey levels as those of pictures do, on black where they are transparent.
/// @throws Error that names the image, the row and the column for a number that is not from 0 to
///   `white`, and as `check_length` does.
Pixels read_pixels(const ImageNumbers& images, double white,
                   const std::optional<double>& max_value);

}  // namespace scanline::datasets
