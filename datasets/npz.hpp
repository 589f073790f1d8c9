#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "scanline/datasets/source.hpp"
#include "scanline/framework/core/fields.hpp"

namespace scanline::datasets {

/// An NPZ file of NumPy arrays, as `numpy.savez` and `numpy.savez_compressed` write it. Its arrays
/// have Keras' names x_train, y_train, x_test, y_test and perhaps x_val, y_val, or MedMNIST's
/// train_images, train_labels and so on. X may stand for x. A file with x and y, images and labels,
/// or data and target is a training part; read as a test part, it is the same images.
///
/// Images have the shape (N, rows, columns), perhaps with a last axis of 1 grey level or 3 or 4
/// colours, which become grey. Their elements are boolean values, whole numbers or floats. Labels
/// have the shape (N,) or (N, 1) and are whole numbers or texts. The test part may do without.
class Npz : public Source {
 public:
  /// How pixels are read.
  struct Options {
    /// The number that is white; none for the one that the type of the pixels implies.
    std::optional<double> max_value = {};
    /// Declares them.
    void declare(Fields& fields);
  };

  /// Refers to the file that is asked for, or to the only NPZ file in that directory, without
  /// reading it.
  /// @throws Error unless a path is asked for.
  Npz(const Request& request, const Options& options);
  bool has(Part part) const override;
  /// The directory, or the file.
  std::filesystem::path directory() const override { return path_; }

 private:
  /// @throws Error that lists the arrays where one is missing, and for arrays that do not belong
  ///   together.
  Dataset read(Part part) const override;

  std::filesystem::path path_;
  std::vector<std::string> class_names_;               // those asked for, or none
  std::function<void(const std::string& line)> note_;  // is told what a user should know
  Options options_;
};

}  // namespace scanline::datasets
