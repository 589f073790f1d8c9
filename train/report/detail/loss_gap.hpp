#pragma once

#include <string>
#include <vector>

#include "scanline/framework/core/fields.hpp"
#include "scanline/train/epoch_figures.hpp"

namespace scanline::train {

/// A sentence that says why the training loss lies above the validation loss, in the terms of the
/// options that the run used. It is empty where that is not so in the last epoch.
std::string explain_loss_gap(const std::vector<EpochFigures>& epochs, const Settings& options);

}  // namespace scanline::train
