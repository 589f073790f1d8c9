#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "scanline/datasets/source.hpp"

namespace scanline::datasets {

/// Pictures in subfolders that are named after their class, as torchvision's ImageFolder has them:
/// the pictures in `7`, and in folders within it, belong to the class 7. The parts are the
/// subfolders `train`, `val` and `test`. A directory with none of them is a training part. If there
/// are no folders in `test`, the pictures in it are test images without labels. Pictures
/// are sorted by path, and names that begin with a dot are skipped. They are prepared as the
/// request says, to 28x28 pixels unless it says another size, on all threads.
class Folder : public Source {
 public:
  /// The classes are those in `request`. If it has none, they are the subfolders of the training
  /// part or, where there is none, of the first part there is.
  /// @throws Error when `request` has no directory, when the directory cannot be listed, and for
  /// names
  ///   that are not printable UTF-8.
  explicit Folder(const Request& request);
  bool has(Part part) const override;
  std::filesystem::path directory() const override { return request_.directory; }
  bool is_prepared() const override { return true; }

 private:
  /// The classes of the test part may be fewer.
  /// @throws Error for a part that is not there or has no pictures, a subfolder that is not named
  ///   after a class or has no pictures, and files that are not pictures, unless these are left
  ///   out.
  Dataset read(Part part) const override;
  /// The folder of a part, which need not exist.
  std::filesystem::path folder_of(Part part) const;

  Request request_;
  bool has_parts_;  // whether there is a subfolder for at least one of the parts
  std::vector<std::string> class_names_;
};

}  // namespace scanline::datasets
