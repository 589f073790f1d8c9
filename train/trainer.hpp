#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "scanline/datasets/loader.hpp"
#include "scanline/datasets/split.hpp"
#include "scanline/framework/io/safetensors.hpp"
#include "scanline/framework/nn/module.hpp"
#include "scanline/framework/optim/ema.hpp"
#include "scanline/framework/optim/optimizer.hpp"
#include "scanline/framework/optim/schedules.hpp"
#include "scanline/train/early_stopping.hpp"
#include "scanline/train/model_file.hpp"
#include "scanline/train/options.hpp"
#include "scanline/train/progress.hpp"
#include "scanline/train/run_directory.hpp"
#include "scanline/train/run_identity.hpp"
#include "scanline/train/stop_request.hpp"

namespace scanline::train {

/// Trains a network: epoch by epoch, batch -> model -> loss -> backward -> clip -> optimizer. Logs
/// to the run directory, and keeps checkpoints and the weights that did best on validation there.
class Trainer {
 public:
  /// Everything is referred to and has to outlive the trainer.
  Trainer(const TrainOptions& options, const datasets::Augmentations::Factory& augmentation,
          const datasets::Dataset& images, const datasets::Split& split, nn::Layer& network,
          const ModelDescription& description, const RunIdentity& identity, RunDirectory& directory,
          Progress& progress, const StopRequest& stop);

  /// Sets everything to where a run was when it saved this checkpoint: weights, best weights,
  /// optimizer, averaged weights, schedule, random numbers, place in the epoch, and the files of
  /// the run directory that follow from these. The run that continues from there has the same bits
  /// as one that was never stopped.
  /// @throws Error, naming `file`, when its content does not fit, it is of a run with another
  ///   identity, or the schedule depends on the number of all steps and that is another one now.
  void restore(const std::filesystem::path& file, const io::Safetensors& checkpoint);

  /// Takes the files of the run directory to where they were when it saved `checkpoint`, from which
  /// this was restored: the records, and the weights that did best on validation.
  /// @throws Error when one cannot be written.
  void restore_files(const io::Safetensors& checkpoint);

  /// Whether there is no step left to be done.
  bool is_finished() const;
  /// Trains to the end, after which the network has the weights to be tested: those after the last
  /// step, averaged where `ema` is on, or, with `test_best`, those that did best on validation. If
  /// asked to stop before, finishes the batch, saves a checkpoint and returns false.
  /// @throws Error for a loss or gradient that is not finite, or a file that cannot be written.
  bool run();

  /// The epoch that the last step was part of.
  Index last_epoch() const;
  /// Updates done.
  Index step() const { return step_; }
  /// Seconds in the training loop, those before a restored checkpoint included.
  double seconds() const { return earlier_seconds_ + state_.seconds; }
  /// The epoch that did best on validation and its accuracy; 0 where there was none.
  Index best_epoch() const { return best_epoch_; }
  /// From 0 to 1; negative where there was none.
  double best_accuracy() const { return best_accuracy_; }

 private:
  void train_epoch();
  void train_step(const datasets::Batch& batch);
  /// Validates, logs the epoch, and saves the network if it is the best so far. Returns a line for
  /// the user.
  std::string finish_epoch();
  void begin_epoch(Index epoch);
  /// Sets loss and accuracy of this epoch from their sums.
  void update_means();
  void check_gradients() const;
  bool time_is_up() const;
  void save_checkpoint() const;
  /// The state of the averages with the names of parameters instead of their numbers, and back.
  NamedArrays by_parameter(const NamedArrays& averages) const;
  NamedArrays by_number(const NamedArrays& averages) const;

  const TrainOptions& options_;
  nn::Layer& network_;
  const ModelDescription& description_;
  const RunIdentity& identity_;
  RunDirectory& directory_;
  Progress& progress_;
  const StopRequest& stop_;

  datasets::Loader train_loader_;
  datasets::Loader validation_loader_;
  Index batches_per_epoch_;
  Index total_steps_;
  std::vector<Tensor> parameters_;
  std::unique_ptr<optim::Optimizer> optimizer_;
  std::unique_ptr<optim::Schedule> schedule_;
  std::optional<optim::Ema> ema_;
  EarlyStopping stopping_;

  Index step_ = 0;              // updates done
  ProgressState state_;         // of this epoch
  Index correct_ = 0;           // training images answered rightly in this epoch
  double loss_sum_ = 0;         // over this epoch's training images
  double earlier_seconds_ = 0;  // in the epochs before
  Index best_epoch_ = 0;
  double best_accuracy_ = -1, best_loss_ = 0;
  NamedArrays best_weights_;
};

}  // namespace scanline::train
