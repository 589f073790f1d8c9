#pragma once

#include "datasets/loader.hpp"
#include "framework/nn/module.hpp"
#include "train/metrics.hpp"

namespace scanline::train {

/// What a network says of some images.
struct Answers {
  Array logits;  // (N, classes), float32
  Array labels;  // (N,), int64: the true classes
};

/// Lets a network answer for all images of a loader, in their order, in evaluation mode and without
/// a graph. The network is left in evaluation mode.
Answers answer_all(nn::Layer& network, const datasets::Loader& loader, Index classes);

/// How good these answers are.
Metrics evaluate(nn::Layer& network, const datasets::Loader& loader, Index classes);

}  // namespace scanline::train
