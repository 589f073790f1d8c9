#pragma once

#include <string>
#include <vector>

#include "scanline/datasets/dataset.hpp"
#include "scanline/datasets/registry.hpp"
#include "scanline/datasets/split.hpp"
#include "scanline/train/model_file.hpp"
#include "scanline/train/run_options.hpp"

namespace scanline::train {

/// The images of a run, and how they are used.
struct RunData {
  std::string directory;                  ///< The directory that they were read from.
  datasets::Dataset images;               ///< The images for training and validation.
  datasets::Dataset test_images;          ///< The images for the test.
  datasets::Split split;                  ///< The split of `images`.
  std::vector<Index> test_positions;      ///< The images of `test_images` that are tested.
  datasets::Normalization normalization;  ///< The normalization of all images.
};

/// Reads the images and splits them, as the options say.
/// @throws Error when they cannot be read, or the options do not go together with them.
RunData load_run_data(const TrainOptions& options, const datasets::Sources::Factory& dataset);

/// What the model file shall say of the network that is trained on these images.
ModelDescription describe(const RunOptions& run, const RunData& data);

}  // namespace scanline::train
