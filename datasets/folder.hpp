#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "scanline/datasets/source.hpp"

namespace scanline::datasets {

/// Pictures of digits in subdirectories that are named after their class: those in `7` are of the
/// class that is called 7. Each picture is prepared as `read_digit` does, to 28x28 pixels. The two
/// parts are in `train` and `test`; a directory with neither of them is a test part. The order is
/// that of the names, and what begins with a dot is passed over.
class Folder : public Source {
 public:
  /// The classes are those that are asked for or else all subdirectories of `train` or, where there
  /// is none, of the directory itself.
  /// @throws Error unless a directory is asked for that can be listed, and for names that are not
  ///   printable UTF-8.
  explicit Folder(const Request& request);
  std::filesystem::path directory() const override { return directory_; }
  /// MNIST's, since the pictures are prepared as MNIST's were.
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
