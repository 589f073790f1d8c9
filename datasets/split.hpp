#pragma once

#include <string>
#include <vector>

#include "scanline/datasets/dataset.hpp"

namespace scanline::datasets {

/// Positions of images in a dataset, in ascending order.
struct Split {
  std::vector<Index> train;       ///< To learn from.
  std::vector<Index> validation;  ///< Held out.
};

/// The number of images to hold out of `count`: `size` itself or, where that is below 1, this
/// fraction of them, rounded, and at least one.
Index validation_count(double size, Index count);

/// Holds `validation_count` images out for validation: of each class as many as its share of the
/// dataset asks for, drawn at random but always the same, so that runs with different seeds are
/// validated on the same images. `option` is what messages call the number.
/// @throws Error for a negative count, for a dataset without labels, or unless images are left for
///   training.
Split stratified_split(const Dataset& dataset, Index validation_count,
                       const std::string& option = "--val-size");

}  // namespace scanline::datasets
