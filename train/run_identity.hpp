#pragma once

#include <map>
#include <string>

#include "scanline/datasets/dataset.hpp"
#include "scanline/framework/core/fields.hpp"

namespace scanline::train {

/// The identity of a run: the options that cannot change when it is resumed, and the checksums of
/// its images and labels. Every checkpoint contains it, so that a run is not resumed with a damaged
/// configuration, or with another dataset of the same name.
class RunIdentity {
 public:
  /// The identity of a run with these options and images. `data` is the directory of the images.
  RunIdentity(const Fields& options, std::string data, const datasets::Dataset& train_images,
              const datasets::Dataset& test_images);

  /// The identity as text, for a checkpoint.
  std::string to_text() const;
  /// Compares this identity with another one, in the form of `to_text`.
  /// @throws Error when they differ. The message names each option that differs, with both values,
  /// or
  ///   the part of the data.
  void check(const std::string& text) const;

 private:
  std::string data_;
  std::map<std::string, std::string> options_;
  std::map<std::string, std::string> checksums_;  // of each part of the data
};

}  // namespace scanline::train
