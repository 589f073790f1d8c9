#pragma once

#include <string>
#include <vector>

#include "scanline/framework/core/shape.hpp"
#include "scanline/train/options.hpp"
#include "scanline/train/setting.hpp"

namespace scanline::train {

/// Adapts a recipe, most of which are made for tens of thousands of images, to a small training
/// set, of fewer than 20,000 images. Where an epoch would have few steps, a smaller batch size
/// replaces that of the recipe, and where the run would have few steps, a larger number of epochs.
/// Values of the user stay. So does the number of epochs with --max-steps or --max-time, and both
/// with --limit-train-batches or --overfit-batches, and with a recipe that names the dataset of the
/// run. `options` are those that `settings` lead to. Returns lines for the user: what was replaced,
/// and that a batch is larger than the set.
std::vector<std::string> fit_to_set(FoundSettings& settings, const TrainOptions& options,
                                    Index training_images);

}  // namespace scanline::train
