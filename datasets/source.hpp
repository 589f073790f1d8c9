#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "scanline/datasets/dataset.hpp"

namespace scanline::datasets {

/// A part of a dataset.
enum class Part {
  train,  ///< The training images.
  test    ///< The test images.
};

/// A request for a dataset.
struct Request {
  /// The directory of its files; empty for the default directory of the dataset.
  std::filesystem::path directory = {};
  /// The classes that a model tells apart, in its order; empty for those of the dataset. Sources
  /// whose files name the classes number them in this order and refuse other classes.
  std::vector<std::string> class_names = {};
};

/// A dataset that can be read. A derived class becomes an option of users by a row in a registry of
/// datasets (datasets/registry.hpp).
class Source {
 public:
  virtual ~Source() = default;
  /// Reads the images and labels of one part. Both parts have the same classes.
  /// @throws Error that names the file, what was expected and what was found, and when the numbers
  /// of
  ///   images, pixels, labels and classes do not fit.
  Dataset load(Part part) const;
  /// The directory that is read.
  virtual std::filesystem::path directory() const = 0;
  /// The normalization if it is known beforehand. Otherwise it is measured on the training images.
  virtual std::optional<Normalization> normalization() const { return {}; }

 private:
  /// Reads one part, for `load`, which checks it.
  virtual Dataset read(Part part) const = 0;
};

}  // namespace scanline::datasets
