#pragma once

#include <compare>
#include <cstddef>
#include <vector>

#include "scanline/datasets/dataset.hpp"

namespace scanline::datasets {

/// The place of an image in a list of datasets.
struct Place {
  std::size_t dataset = 0;  ///< Position of its dataset in the list.
  Index position = 0;       ///< Position of the image in its dataset.
  /// Compares the datasets, and then the positions.
  auto operator<=>(const Place&) const = default;
};

/// Finds images that have the same size and the same pixels. Each group has the places of all
/// images that are equal, two or more, in ascending order. Groups are in the order of their first
/// images. Images are compared by hashes first, and pixel by pixel where these are equal.
std::vector<std::vector<Place>> find_duplicates(const std::vector<const Dataset*>& datasets);

}  // namespace scanline::datasets
