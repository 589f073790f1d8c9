#pragma once

#include <functional>
#include <vector>

#include "scanline/datasets/loader.hpp"
#include "scanline/framework/nn/module.hpp"
#include "scanline/train/metrics.hpp"
#include "scanline/train/model_file.hpp"
#include "scanline/train/progress.hpp"

namespace scanline::train {

/// What a network says of some images.
struct Answers {
  Array logits;  ///< (N, classes), float32.
  Array labels;  ///< (N), int64: the true classes; undefined where the images have no labels.
};

/// Is told how far an evaluation is.
using EvaluationObserver = std::function<void(const EvaluationState& state)>;

/// Lets a network answer for all images of a loader, in their order, in evaluation mode and without
/// a graph. The network is left in evaluation mode. `observer`, if there is one, is called after
/// each batch.
Answers answer_all(nn::Layer& network, const datasets::Loader& loader, Index classes,
                   const EvaluationObserver& observer = {});

/// The normalization that a model was trained with, or `otherwise` for one whose file does not say.
datasets::Normalization normalization_of(const ModelDescription& description,
                                         const datasets::Normalization& otherwise);

/// Lets one or more models answer together for the images at `positions`, each of which is
/// normalized for each model as it was in its training; `otherwise` serves models whose files do
/// not say. A single model's logits are as it gives them. Those of several are the logarithms of
/// their averaged probabilities, which have these probabilities as their softmax. All have to be
/// made for images of that size and number of classes.
Answers answer_together(const std::vector<LoadedModel>& models, const datasets::Dataset& dataset,
                        const std::vector<Index>& positions,
                        const datasets::Normalization& otherwise, Index batch_size);

/// How good the answers of `answer_all` are. The images need labels.
Metrics evaluate(nn::Layer& network, const datasets::Loader& loader, Index classes,
                 const EvaluationObserver& observer = {});

}  // namespace scanline::train
