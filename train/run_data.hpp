#pragma once

#include <string>
#include <vector>

#include "scanline/datasets/dataset.hpp"
#include "scanline/datasets/registry.hpp"
#include "scanline/datasets/split.hpp"
#include "scanline/predict/model_file.hpp"
#include "scanline/train/progress.hpp"
#include "scanline/train/run_options.hpp"

namespace scanline::train {

/// How many images are held out, or which fraction of them; 0 for none.
struct HeldOut {
  double validation = 0;  ///< Of the training images; those of a validation part count as all.
  double test = 0;        ///< Of the training images, where the dataset has no test part.

  /// Whether both are equal.
  bool operator==(const HeldOut&) const = default;
};

/// Images for training and validation.
struct TrainingImages {
  datasets::Dataset images;  ///< Both.
  datasets::Split split;     ///< Which are which.
};

/// Reads the images for training and validation. Validation images are those of the dataset's
/// validation part or, where it has none, are split off. If the dataset has no test part, the test
/// images are split off before, and become `test_images`.
/// @throws Error when images cannot be read, or are too few.
TrainingImages load_training_images(const datasets::Source& source,
                                    const datasets::Request& request, const HeldOut& held_out,
                                    datasets::Dataset& test_images);

/// Reads the test images: those of the dataset's test part or, where it has none, those that are
/// split off the training part. There may be none, and they may have no labels.
/// @throws Error when images cannot be read.
datasets::Dataset load_test_images(const datasets::Source& source, const datasets::Request& request,
                                   const HeldOut& held_out);

/// Lets a request say on standard error how far reading is, and what the user should know.
/// `progress` has to outlive the request.
void watch(datasets::Request& request, Progress& progress);

/// The request for the images of a run. It says on standard error how far reading is, as `watch`
/// does.
datasets::Request request_of(const TrainOptions& options, Progress& progress);

/// The images of a run, and how they are used.
struct RunData {
  std::string directory;                  ///< The directory that they were read from.
  datasets::Dataset images;               ///< The images for training and validation.
  datasets::Dataset test_images;          ///< The images for the test; there may be none.
  datasets::Split split;                  ///< The split of `images`.
  std::vector<Index> test_positions;      ///< The images of `test_images` that are tested.
  datasets::Normalization normalization;  ///< The normalization of all images.
};

/// Some images to test a network on.
struct TestedImages {
  const datasets::Dataset& images;      ///< The images.
  const std::vector<Index>& positions;  ///< Which of them.
  std::string split;                    ///< "test", "val" or "train".
};

/// The images that a run ends with: those for the test or, where there are none, those for
/// validation, or else those for training.
TestedImages tested_images(const RunData& data);

/// Reads the images and splits them, as the options say. `progress` shows how far that is.
/// @throws Error when they cannot be read, or the options do not go together with them.
RunData load_run_data(const TrainOptions& options, const datasets::Sources::Factory& dataset,
                      Progress& progress);

/// What the model file shall say of the network that is trained on these images.
ModelDescription describe(const RunOptions& run, const RunData& data);

}  // namespace scanline::train
