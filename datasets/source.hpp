#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "scanline/datasets/dataset.hpp"

namespace scanline::datasets {

/// Which images of a dataset.
enum class Part {
  train,  ///< Those to learn from.
  test    ///< Those to measure the result with.
};

/// Which dataset is asked for.
struct Request {
  /// Where its files are; empty for the place where the dataset usually is.
  std::filesystem::path directory = {};
  /// The classes that a model tells apart, in its order; empty for those of the dataset. Sources
  /// whose files name the classes number them in this order and refuse other classes.
  std::vector<std::string> class_names = {};
};

/// A dataset that can be read. Whoever derives from it adds a row to a registry of datasets
/// (datasets/registry.hpp), so that users can choose it by name.
class Source {
 public:
  virtual ~Source() = default;
  /// Reads the images and labels of one part. Both parts have the same classes.
  /// @throws Error that names the file, what was expected and what was found, also where the
  /// numbers
  ///   of images, pixels, labels and classes do not go together.
  Dataset load(Part part) const;
  /// The directory that is read.
  virtual std::filesystem::path directory() const = 0;
  /// The normalization where it is known beforehand. Otherwise it is to be measured on the images
  /// that a model is trained with.
  virtual std::optional<Normalization> normalization() const { return {}; }

 private:
  /// Reads one part, for `load`, which checks it.
  virtual Dataset read(Part part) const = 0;
};

}  // namespace scanline::datasets
