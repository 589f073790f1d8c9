#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "scanline/datasets/source.hpp"

namespace scanline::datasets {

/// Pictures of digits in subdirectories that are named after their class: the pictures in `7`
/// belong to the class 7. `read_digit` prepares each picture to 28x28 pixels. The training part is
/// in `train` and the test part in `test`. A directory with neither of them is a test part.
/// Pictures are sorted by name, and names that begin with a dot are skipped.
class Folder : public Source {
 public:
  /// The classes are those in `request`. If it has none, they are the subdirectories of `train` or,
  /// without a subdirectory `train`, of the directory itself.
  /// @throws Error when `request` has no directory, when the directory cannot be listed, and for
  /// names
  ///   that are not printable UTF-8.
  explicit Folder(const Request& request);
  std::filesystem::path directory() const override { return directory_; }
  /// The normalization of MNIST, since the pictures are prepared as MNIST's were.
  std::optional<Normalization> normalization() const override;

 private:
  /// There may be classes without pictures. @throws Error for a part that is not there, a
  /// subdirectory that is not named after a class, a file that is not a picture of a digit, or a
  /// part without pictures.
  Dataset read(Part part) const override;

  std::filesystem::path directory_;
  bool has_parts_;  // whether there is a subdirectory `train` or `test`
  std::vector<std::string> class_names_;
};

}  // namespace scanline::datasets
