#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "scanline/framework/core/shape.hpp"

namespace scanline::datasets {

/// The number of a class, so that there are up to 65,536 of them.
using Label = std::uint16_t;

/// Grey images of one size and, unless they are still to be classified, the class of each.
struct Dataset {
  std::string name = {};  ///< What messages and model files call it, such as "mnist".
  Index count = 0;        ///< Images.
  Index rows = 0;         ///< Height of each image in pixels.
  Index columns = 0;      ///< Width of each image in pixels.
  std::vector<std::uint8_t> pixels = {};  ///< (count, rows, columns); 0 is the background.
  /// (count), each below the number of classes; empty for images whose classes are unknown.
  std::vector<Label> labels = {};
  std::vector<std::string> class_names = {};  ///< One for each class.
};

/// How pixels become the values that networks see: p becomes (p / 255 - mean) / standard_deviation.
struct Normalization {
  double mean = 0;                ///< Of the training images' pixels, scaled to [0, 1].
  double standard_deviation = 1;  ///< Of the same pixels; above 0.

  /// Whether they do the same.
  bool operator==(const Normalization&) const = default;
};

/// Mean and standard deviation of the pixels of the images at `positions`. Where there are no
/// images, or their pixels are all the same but for a thousandth of a grey level, the standard
/// deviation is 1.
Normalization measure_normalization(const Dataset& dataset, const std::vector<Index>& positions);

/// All positions of a dataset: 0 to count - 1.
std::vector<Index> all_positions(const Dataset& dataset);

}  // namespace scanline::datasets
