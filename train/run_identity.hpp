#pragma once

#include <map>
#include <string>

#include "scanline/datasets/dataset.hpp"
#include "scanline/framework/core/fields.hpp"

namespace scanline::train {

/// What makes a run the one that it is: the options that cannot change when it is resumed, and the
/// images and labels. Every checkpoint holds it, so that a damaged configuration or another dataset
/// under the same name cannot turn a run into another one unnoticed.
class RunIdentity {
 public:
  /// That of a run with these options, on these images, which were read from `data`.
  RunIdentity(const Fields& options, std::string data, const datasets::Dataset& train_images,
              const datasets::Dataset& test_images);

  /// As text, for a checkpoint.
  std::string to_text() const;
  /// @throws Error unless `text` is that of this very identity. The error names each option that
  ///   differs, with both of its values, or the part of the data.
  void check(const std::string& text) const;

 private:
  std::string data_;
  std::map<std::string, std::string> options_;
  std::map<std::string, std::string> checksums_;  // of each part of the data
};

}  // namespace scanline::train
