#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "scanline/datasets/dataset.hpp"
#include "scanline/datasets/preparation.hpp"

namespace scanline::datasets {

/// A part of a dataset.
enum class Part {
  train,       ///< The training images.
  validation,  ///< Images for validation, where the dataset keeps them apart.
  test         ///< The test images.
};

/// The name of a part, as users say it: "train", "val" or "test".
const char* to_string(Part part);

/// A request for a dataset.
struct Request {
  /// The directory of its files; empty for the default directory of the dataset.
  std::filesystem::path directory = {};
  /// The classes that a model tells apart, in its order; empty for those of the dataset. Sources
  /// whose files name the classes number them in this order and refuse other classes.
  std::vector<std::string> class_names = {};
  /// The size of the images. Where there is none, images keep their size, and pictures of several
  /// sizes become 28x28.
  std::optional<ImageSize> image_size = {};
  /// How images are prepared, unless they are prepared already.
  PreparationKind preparation = PreparationKind::none;
  /// Whether pictures that cannot be read are left out, with a note. Otherwise they are an error.
  bool skip_bad = false;
  /// Is told what a user should know, one line at a time, such as how many pictures were left out.
  std::function<void(const std::string& line)> note = {};
  /// Is told now and then how many of how many images are read, by the thread that calls `load`.
  std::function<void(Index done, Index count)> progress = {};
};

/// A dataset that can be read. A derived class becomes an option of users by a row in a registry of
/// datasets (datasets/registry.hpp).
class Source {
 public:
  virtual ~Source() = default;
  /// Reads the images and labels of one part. All parts have the same classes.
  /// @throws Error that names the file, what was expected and what was found, and when the numbers
  /// of
  ///   images, pixels, labels and classes do not fit.
  Dataset load(Part part) const;
  /// Whether there is such a part. By default there are the training and the test images.
  /// @throws Error when the directory cannot be looked at.
  virtual bool has(Part part) const { return part != Part::validation; }
  /// The directory that is read.
  virtual std::filesystem::path directory() const = 0;
  /// The normalization if it is known beforehand. Otherwise it is measured on the training images.
  virtual std::optional<Normalization> normalization() const { return {}; }
  /// Whether the images are prepared as the request says when they are read, or were prepared
  /// before, so that at most their size changes.
  virtual bool is_prepared() const { return false; }

 private:
  /// Reads one part, for `load`, which checks it.
  virtual Dataset read(Part part) const = 0;
};

/// Reads a part of a dataset as `Source::load` does, and prepares its images as the request says
/// from which the source was made, on all threads.
/// @throws Error as `Source::load` does, and for images that cannot be prepared.
Dataset load(const Source& source, Part part, const Request& request);

}  // namespace scanline::datasets
