#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "scanline/framework/core/shape.hpp"

namespace scanline::datasets {

/// Grey images of one size, each of one class.
struct ImageDataset {
  std::string name;                      // as `load` knows it
  Index count = 0,                       // images
      rows = 0,                          // height of each
      columns = 0;                       // and width
  std::vector<std::uint8_t> pixels;      // (count, rows, columns); 0 is the background
  std::vector<std::uint8_t> labels;      // (count), each below the number of classes
  std::vector<std::string> class_names;  // one for each class
  double mean = 0,                       // of the training set's pixels, scaled to [0, 1]
      standard_deviation = 1;            // likewise: what networks see is standardised by both
};

/// Which images of a dataset.
enum class Part { train, test };

/// The names that `load` knows: "mnist" and "fashion-mnist".
std::vector<std::string> names();

/// What is known of a dataset beforehand: all but its images and labels.
/// @throws Error for an unknown name.
ImageDataset describe(const std::string& name);

/// Where a dataset lies unless told otherwise: `data/<name>` in the working directory, or, for
/// fashion-mnist where that is absent, where its Debian package puts it.
std::filesystem::path default_directory(const std::string& name);

/// Reads one part of a dataset in MNIST's format, train-images-idx3-ubyte and so on, raw or with
/// `.gz` behind the name, and checks that images and labels belong together.
/// @throws Error that names the file, what was expected and what was found.
ImageDataset load(const std::string& name, Part part, const std::filesystem::path& directory);

}  // namespace scanline::datasets
