#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "scanline/datasets/loader.hpp"
#include "scanline/framework/dist/communicator.hpp"
#include "scanline/framework/nn/module.hpp"
#include "scanline/predict/model_file.hpp"
#include "scanline/train/metrics.hpp"
#include "scanline/train/progress.hpp"

namespace scanline::train {

/// The predictions of a network for some images.
struct Answers {
  Array logits;  ///< (N, classes), float32.
  Array labels;  ///< (N), int64: the true classes; undefined if the images have no labels.
};

/// Is told how far an evaluation is.
using EvaluationObserver = std::function<void(const EvaluationState& state)>;

/// Is told how far the evaluation of one of several models is. The first one has the number 0.
using ModelsObserver = std::function<void(std::size_t model, const EvaluationState& state)>;

/// Lets a network answer for all images of a loader, in their order, in evaluation mode and without
/// a graph. The network is left in evaluation mode. `observer`, if there is one, is called after
/// each batch. If there are several ranks, each computes some of the batches, and all get the
/// answers for all images.
/// @throws dist::RankFailure when a rank has failed.
Answers answer_all(nn::Layer& network, const datasets::Loader& loader, Index classes,
                   const EvaluationObserver& observer = {}, const dist::Communicator& ranks = {});

/// Computes the predictions of one or more models for the images at `positions`. For each model the
/// images are normalized as in its training, or by `otherwise` if its file does not contain the
/// normalization. The result for several models is the logarithms of their averaged probabilities,
/// whose softmax is these probabilities. All models have to be made for images of this size and
/// this number of classes. `observer`, if there is one, is called after each batch of each model.
Answers answer_together(const std::vector<LoadedModel>& models, const datasets::Dataset& dataset,
                        const std::vector<Index>& positions,
                        const datasets::Normalization& otherwise, Index batch_size,
                        const ModelsObserver& observer = {});

/// How good the answers of `answer_all` are. The images need labels.
Metrics evaluate(nn::Layer& network, const datasets::Loader& loader, Index classes,
                 const EvaluationObserver& observer = {}, const dist::Communicator& ranks = {});

}  // namespace scanline::train
