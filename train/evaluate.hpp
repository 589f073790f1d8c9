#pragma once

#include "datasets/loader.hpp"
#include "framework/nn/module.hpp"
#include "train/metrics.hpp"

namespace scanline::train {

/// Lets a network answer for all images of a loader, in evaluation mode and without a graph. The
/// network is left in evaluation mode.
Metrics evaluate(nn::Layer& network, const datasets::Loader& loader, Index classes);

}  // namespace scanline::train
