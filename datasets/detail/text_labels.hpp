#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "scanline/datasets/dataset.hpp"

namespace scanline::datasets {

/// The classes of labels that are texts.
class TextLabels {
 public:
  /// Throws an Error that names the place of the label.
  using Fail = std::function<void(const std::string& expected, const std::string& found)>;

  /// The classes that are known; where there are none, each new label becomes a class.
  explicit TextLabels(const std::vector<std::string>& known);

  /// The number of a label's class. @throws Error, by `fail`, for a label that is not printable or
  ///   not among the known classes, and for too many classes.
  Label find(std::string_view label, const Fail& fail);
  /// Gives a dataset, whose labels `find` has returned, the names of the classes. Classes that were
  /// not known are in numeric order where all are whole numbers, and otherwise in the order of
  /// their bytes.
  void name_classes(Dataset& dataset) const;

 private:
  std::vector<std::string> names_;
  std::map<std::string, Label, std::less<>> numbers_;
  bool is_open_;  // whether a label that is new becomes a class
};

}  // namespace scanline::datasets
