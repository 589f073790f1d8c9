#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "scanline/datasets/source.hpp"
#include "scanline/framework/core/fields.hpp"

namespace scanline::datasets {

/// A dataset in the format of MNIST, such as EMNIST, KMNIST, QMNIST or one's own: a directory with
/// four IDX files, each raw or with `.gz` behind its name. They have MNIST's names, where `test`
/// may stand for `t10k`, or these with a common prefix: emnist-balanced-train-images-idx3-ubyte.
/// There may be no test labels, and no test images. Images have any height and width from 1 to
/// 4096, and their pixels any of IDX's types. Labels are any numbers; those of the training
/// part become the classes, in ascending order. The names of the classes come from
/// `PREFIX-mapping.txt`, whose lines are a label and the code points of its characters, or else
/// from `classes.txt`, one a line in the order of the classes, or else are the labels.
class IdxDirectory : public Source {
 public:
  /// Which files are read, and how.
  struct Options {
    bool transpose = false;   ///< Whether rows and columns change places, as EMNIST needs it.
    std::string prefix = "";  ///< Of the files' names; "none" for MNIST's own names, empty for any.
    /// The number that is white; none for the one that the type of the pixels implies.
    std::optional<double> max_value = {};
    /// Declares them.
    void declare(Fields& fields);
  };

  /// Refers to files in the directory that is asked for, without looking at them.
  /// @throws Error unless a directory is asked for.
  IdxDirectory(const Request& request, const Options& options);
  bool has(Part part) const override;
  std::filesystem::path directory() const override { return directory_; }

 private:
  /// @throws Error where files are missing or there are several datasets, for images and labels
  ///   that do not belong together, and for a class that is not asked for.
  Dataset read(Part part) const override;

  std::filesystem::path directory_;
  std::vector<std::string> class_names_;               // those asked for, or none
  std::function<void(const std::string& line)> note_;  // is told what a user should know
  Options options_;
};

/// Reads the images of a single IDX file, without labels, as these options say (`prefix` does not
/// matter).
/// @throws Error that names the file when it cannot be read or holds something else.
Dataset read_idx_images(const std::filesystem::path& file, const IdxDirectory::Options& options);

}  // namespace scanline::datasets
