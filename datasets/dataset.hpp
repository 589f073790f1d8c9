#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "scanline/datasets/line_style.hpp"
#include "scanline/framework/core/shape.hpp"

namespace scanline::datasets {

/// The number of a class.
using Label = std::uint16_t;
/// As many classes as a label can tell apart.
inline constexpr std::size_t most_classes = 65'536;
/// The largest height and width, in pixels, of images that a file gives the size of.
inline constexpr Index longest_side = 4096;

/// Grey images of one size and, unless the classes are unknown, the class of each image.
struct Dataset {
  std::string name = {};  ///< The name in messages and model files, such as "mnist".
  Index count = 0;        ///< The number of images.
  Index rows = 0;         ///< Height of each image in pixels.
  Index columns = 0;      ///< Width of each image in pixels.
  std::vector<std::uint8_t> pixels = {};  ///< (count, rows, columns); 0 is the background.
  /// (count), each below the number of classes; empty for images whose classes are unknown.
  std::vector<Label> labels = {};
  std::vector<std::string> class_names = {};  ///< One for each class.
  /// How lines are composed of these images, where lines of them are the examples of a loader; none
  /// where each image is an example.
  std::optional<LineStyle> lines = {};
};

/// The normalization of pixels: the network sees (p / 255 - mean) / standard_deviation for a pixel
/// p.
struct Normalization {
  double mean = 0;                ///< Of the training images' pixels, scaled to [0, 1].
  double standard_deviation = 1;  ///< Of the same pixels; above 0.

  /// Whether mean and standard deviation are equal.
  bool operator==(const Normalization&) const = default;
};

/// Mean and standard deviation of the pixels of the images at `positions`. The standard deviation
/// is 1 if there are no images, or if it would be below a thousandth of a grey level.
Normalization measure_normalization(const Dataset& dataset, const std::vector<Index>& positions);

/// The images at `positions`, with their labels, in this order. Class names stay the same.
Dataset subset(const Dataset& dataset, const std::vector<Index>& positions);

/// All positions of a dataset: 0 to count - 1.
std::vector<Index> all_positions(const Dataset& dataset);

}  // namespace scanline::datasets
