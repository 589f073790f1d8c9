#pragma once

#include <memory>

#include "scanline/datasets/loader.hpp"
#include "scanline/framework/dist/communicator.hpp"
#include "scanline/framework/nn/module.hpp"
#include "scanline/train/evaluate.hpp"
#include "scanline/train/losses.hpp"
#include "scanline/train/metrics.hpp"

namespace scanline::train {

/// What a network learns: to classify images, or to read lines.
class Task {
 public:
  /// The result for a batch.
  struct Result {
    Tensor loss;        ///< The mean over the batch, a scalar.
    Index correct = 0;  ///< The number of images, or lines, that were answered right.
  };
  virtual ~Task() = default;
  /// Runs the network on a batch, in its present mode.
  virtual Result run(const datasets::Batch& batch) = 0;
  /// How good the network is in evaluation mode, in which it is left. If there are several ranks,
  /// images are shared among them; lines are read by each.
  virtual Score evaluate(const datasets::Loader& loader, const EvaluationObserver& observer,
                         const dist::Communicator& ranks) = 0;
};

/// The task for which a network and a loss were made. It refers to both. `classes` is the number of
/// logits of an image.
/// @throws Error when one of them is for images and the other for lines, or the examples of the
///   loader are of the other kind.
std::unique_ptr<Task> make_task(nn::Layer& network, const Loss& loss, Index classes,
                                const datasets::Loader& loader);

}  // namespace scanline::train
