#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "datasets/loader.hpp"
#include "datasets/split.hpp"
#include "framework/nn/module.hpp"
#include "framework/optim/ema.hpp"
#include "framework/optim/optimizer.hpp"
#include "framework/optim/schedules.hpp"
#include "train/model_file.hpp"
#include "train/options.hpp"
#include "train/progress.hpp"
#include "train/run_directory.hpp"

namespace scanline::train {

/// Trains a network: epoch by epoch, batch -> model -> loss -> backward -> clip -> optimizer. Logs
/// to the run directory and keeps the weights that did best on validation there.
class Trainer {
 public:
  /// Everything is referred to and has to outlive the trainer.
  Trainer(const TrainOptions& options, const datasets::ImageDataset& images,
          const datasets::Split& split, nn::Layer& network, const ModelDescription& description,
          RunDirectory& directory, Progress& progress);

  /// Trains to the end. The network is left with the weights to be tested: those after the last
  /// step, averaged where `ema` is on.
  /// @throws Error for a loss or gradient that is not finite, or a file that cannot be written.
  void run();

 private:
  void train_epoch();
  void train_step(const datasets::Batch& batch);
  /// Validates, logs the epoch, and saves the network if it is the best so far.
  void finish_epoch();
  void check_gradients() const;

  const TrainOptions& options_;
  nn::Layer& network_;
  const ModelDescription& description_;
  RunDirectory& directory_;
  Progress& progress_;

  datasets::Loader train_loader_;
  datasets::Loader validation_loader_;
  Index batches_per_epoch_;
  Index total_steps_;
  std::vector<Tensor> parameters_;
  std::unique_ptr<optim::Optimizer> optimizer_;
  optim::Schedule schedule_;
  std::optional<optim::Plateau> plateau_;
  std::optional<optim::Ema> ema_;

  Index step_ = 0;       // updates done
  ProgressState state_;  // of this epoch
  Index correct_ = 0;    // training images answered rightly in this epoch
  double loss_sum_ = 0;  // over this epoch's training images
  double best_accuracy_ = -1;
};

}  // namespace scanline::train
