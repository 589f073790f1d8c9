#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "scanline/datasets/source.hpp"
#include "scanline/framework/core/fields.hpp"

namespace scanline::datasets {

/// A CSV file with an image in each row: its label and its pixels, row by row. The name of the file
/// ends in `.csv` or, where tabs separate the columns, in `.tsv`, or in one of these and `.gz`.
/// Kaggle's digit recognizer has such files. The two parts are `train.csv` and `test.csv` in a
/// directory. A single file is a training part; read as a test part, it is the same images.
///
/// There may be a header. The label is in the column that the header calls label, class, target, y
/// or digit, in capitals or not, or else in the first one. Labels are texts. The classes are in
/// numeric order where all labels of the training part are whole numbers, and otherwise in the
/// order of their bytes. Rows of a test part may be pixels without a label. A row has the shape
/// that the request asks for, where it has so many pixels, and is a square otherwise.
///
/// It remembers the classes of the training part, so that one object belongs to one thread.
class Csv : public Source {
 public:
  /// How the rows are read.
  struct Options {
    std::string label_column = "";  ///< A name, a number from 1, "first" or "last"; or empty.
    /// The number that is white; none for 255 or, where real numbers are up to 1, for 1.
    std::optional<double> max_value = {};
    /// Declares them.
    void declare(Fields& fields);
  };

  /// Refers to the file or directory that is asked for, without looking at it.
  /// @throws Error unless one is asked for.
  Csv(const Request& request, const Options& options);
  bool has(Part part) const override;
  /// The directory, or the file.
  std::filesystem::path directory() const override { return path_; }

 private:
  /// What both parts have in common.
  struct Training {
    std::vector<std::string> class_names;
    ImageSize size;
    double white;
  };

  /// @throws Error that names the file, the line and the column for what cannot be read.
  Dataset read(Part part) const override;
  std::filesystem::path file_of(Part part) const;

  std::filesystem::path path_;
  std::vector<std::string> class_names_;               // those asked for, or none
  std::optional<ImageSize> image_size_;                // that is asked for
  std::function<void(const std::string& line)> note_;  // is told what a user should know
  Options options_;
  mutable std::optional<Training> training_;  // so that a test part does not read it again
};

}  // namespace scanline::datasets
