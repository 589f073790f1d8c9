#pragma once

#include <vector>

#include "scanline/datasets/loader.hpp"
#include "scanline/framework/nn/module.hpp"
#include "scanline/train/metrics.hpp"
#include "scanline/train/model_file.hpp"

namespace scanline::train {

/// What a network says of some images.
struct Answers {
  Array logits;  // (N, classes), float32
  Array labels;  // (N,), int64: the true classes
};

/// Lets a network answer for all images of a loader, in their order, in evaluation mode and without
/// a graph. The network is left in evaluation mode.
Answers answer_all(nn::Layer& network, const datasets::Loader& loader, Index classes);

/// Lets one or more models answer together for the images at `positions`, which are standardised
/// for each model as it was in its training; one that does not know gets the figures of `images`.
/// A single model's logits are as it gives them. Those of several are the logarithms of their
/// averaged probabilities, which have these probabilities as their softmax.
/// All have to be made for images of that size and number of classes.
Answers answer_together(const std::vector<LoadedModel>& models, datasets::ImageDataset images,
                        const std::vector<Index>& positions, Index batch_size);

/// How good these answers are.
Metrics evaluate(nn::Layer& network, const datasets::Loader& loader, Index classes);

}  // namespace scanline::train
