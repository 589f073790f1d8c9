#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "scanline/datasets/augmentations.hpp"
#include "scanline/datasets/dataset.hpp"
#include "scanline/train/report/picture.hpp"
#include "scanline/train/run_options.hpp"

namespace scanline::train {

/// The augmentation that a sheet of samples shows.
struct SampleAugmentation {
  std::shared_ptr<const datasets::Augmentation> augment = nullptr;  ///< Nothing: none.
  std::uint64_t seed = 1;  ///< The random seed of the training.
};

/// The augmentation and seed of a run. @throws Error for options that do not fit.
SampleAugmentation augmentation_of(const RunOptions& run);

/// Samples of the images at `positions`, a row for each of the first 20 classes. A row has up to 10
/// samples, evenly spread over the images of the class. With an augmentation, it has one sample as
/// it is, and then as a training with this seed sees it in the epochs 1 to 9. Images without labels
/// are shown in 5 rows.
/// @throws Error when memory is short, or a class has a name that is not UTF-8.
Picture sample_sheet(const datasets::Dataset& images, const std::vector<Index>& positions,
                     const SampleAugmentation& augmentation = {});

}  // namespace scanline::train
