#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "scanline/datasets/loader.hpp"
#include "scanline/framework/core/archive.hpp"
#include "scanline/framework/core/random.hpp"
#include "scanline/framework/dist/communicator.hpp"
#include "scanline/framework/nn/module.hpp"
#include "scanline/framework/optim/optimizer.hpp"
#include "scanline/framework/optim/schedules.hpp"
#include "scanline/train/callbacks/callback.hpp"
#include "scanline/train/epoch_means.hpp"
#include "scanline/train/losses.hpp"
#include "scanline/train/progress.hpp"
#include "scanline/train/rank_step.hpp"
#include "scanline/train/run_length.hpp"
#include "scanline/train/stop_request.hpp"
#include "scanline/train/task.hpp"

namespace scanline::train {

/// Trains a network: epoch by epoch, batch -> model -> loss -> backward -> optimizer. A step is an
/// update of the weights, for which the gradients of several batches can be averaged. Callbacks do
/// everything else in a run.
class Trainer {
 public:
  /// The parts that a trainer works with. The trainer refers to them, so they have to outlive it.
  struct Parts {
    nn::Layer& network;                  ///< The network to train.
    const Loss& loss;                    ///< The loss to minimize.
    optim::Optimizer& optimizer;         ///< The optimizer of all parameters of the network.
    optim::Schedule& schedule;           ///< The schedule for `total_steps` of the run.
    const datasets::Loader& training;    ///< The training images, at least one batch.
    const datasets::Loader& validation;  ///< The validation images, of which there may be none.
    Index classes;                       ///< The number of logits for an image.
    std::vector<Callback*> callbacks;    ///< The callbacks, in the order of their calls.
    const StopRequest& stop;             ///< Tells whether the run has to end within an epoch.
    dist::Communicator ranks = {};       ///< The processes that train together.
  };
  /// A trainer before its first step. @throws Error as `make_task` does.
  Trainer(const RunLength& length, const Parts& parts);

  /// Trains to the end, after which the network has the weights to be tested. If asked to stop
  /// before, finishes the step, calls `on_checkpoint` and returns false.
  /// @throws Error where a callback does, and dist::RankFailure when a rank has failed. If that was
  ///   within a step, the step is undone and `on_checkpoint` is called before.
  bool run();
  /// Saves or loads the state that training needs to continue here with the same bits: weights,
  /// optimizer, schedule, random numbers, position in the epoch, and the state of all callbacks.
  /// @throws Error when something is missing or does not fit, or the schedule depends on the number
  ///   of all steps and that was another one.
  void state(Archive& archive);
  /// Lets each callback exchange the weights that are trained with those that are to be tested.
  void swap_weights();

  /// Lets all ranks know whether the run is over on the first one, and which signals they have
  /// received. `run` does so after each step and each epoch.
  /// @throws dist::RankFailure when a rank has failed.
  void agree();
  /// Whether all steps are done, as all ranks have agreed.
  bool is_finished() const;
  /// The signal that ends the run, on whichever rank it was received; 0 without one.
  int stop_signal() const;
  /// Why a callback wants the run to end; empty if none does.
  std::string stop_reason() const;
  /// The epoch that the last step was part of.
  Index last_epoch() const;
  /// Whether all steps of the present epoch are done.
  bool is_epoch_complete() const { return progress_.batch == steps_per_epoch_; }
  /// The number of steps that are done.
  Index step() const { return step_; }
  /// The number of steps of the whole run, unless something ends it before.
  Index total_steps() const { return total_steps_; }
  /// The loss of the last step.
  double loss() const { return loss_; }
  /// The first rank whose part in the loss of the last step is not finite; negative without one, or
  /// for a process by itself.
  int failed_rank() const { return failed_rank_; }
  /// The progress of the run.
  const ProgressState& progress() const { return progress_; }
  /// Seconds in the training loop, including those before a restored checkpoint.
  double seconds() const { return earlier_seconds_ + progress_.seconds; }

 private:
  void begin_epoch(Index epoch);
  void train_epoch();
  /// The batches that are left of the present epoch.
  datasets::Epoch remaining_batches() const;
  void train_step(const datasets::Batch& batch);
  /// Adds the gradients of a batch with `share` of the images of its step.
  void add_gradients(const datasets::Batch& batch, double share);
  /// Begins a step of several ranks, and remembers what it changes besides the weights.
  void begin_rank_step();
  /// Waits for the gradients of all ranks of a step.
  void finish_rank_step();
  /// Takes back what a step has changed before it failed.
  void undo_step();
  /// Updates the weights with the gradients.
  void update_weights();
  /// What this process knows by itself.
  RankStep::Notes own_notes() const;
  void end_epoch();
  /// Copies the present `means_` to the progress.
  void update_progress();

  RunLength length_;
  Parts parts_;
  std::unique_ptr<Task> task_;
  Index batches_per_epoch_;
  Index steps_per_epoch_;
  Index total_steps_;

  Index step_ = 0;              // updates done
  Index step_batches_ = 0;      // batches done of the next update
  double loss_ = 0;             // of the last step
  ProgressState progress_;      // of this epoch
  EpochMeans means_;            // of this epoch
  double earlier_seconds_ = 0;  // in the epochs before

  // Of several ranks, or of a batch in pieces:
  std::optional<RankStep> rank_step_;
  RankStep::Notes agreed_;
  int failed_rank_ = -1;
  struct Before {
    RandomState random;
    EpochMeans means;
    std::vector<Array> buffers;
  } before_;  // the present step
};

}  // namespace scanline::train
