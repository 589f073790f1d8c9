#pragma once

#include <cstddef>
#include <vector>

#include "scanline/datasets/dataset.hpp"

namespace scanline::datasets {

/// Images that have the same pixels as others.
struct Identical {
  std::vector<Index> positions;  ///< Positions of the images, in ascending order.
  Index other_label = 0;         ///< The number of these whose label differs from the others'.
};

/// The facts about one part of a dataset.
struct PartSummary {
  Index count = 0;                  ///< The number of images.
  Index rows = 0;                   ///< Their height in pixels.
  Index columns = 0;                ///< Their width in pixels.
  std::vector<Index> class_counts;  ///< Images of each class; empty for a part without labels.
  Normalization pixels;             ///< Mean and standard deviation, as for training.
  Identical repeated;        ///< Images that are identical to an earlier image of the same part.
  std::vector<Index> blank;  ///< Positions of images whose pixels are all equal.
};

/// Images of one part that are in an earlier part too.
struct SharedImages {
  std::size_t first = 0;   ///< Position of the earlier part.
  std::size_t second = 0;  ///< Position of the part that has the images.
  Identical images;        ///< Positions in the part `second`.
};

/// The facts about the parts of a dataset.
struct Summary {
  std::vector<PartSummary> parts;    ///< In the order of the parts.
  std::vector<SharedImages> shared;  ///< For each pair of parts.
};

/// Counts what the parts of a dataset hold, and finds identical images within and between them. A
/// part may lack labels.
Summary summarize(const std::vector<const Dataset*>& parts);

}  // namespace scanline::datasets
