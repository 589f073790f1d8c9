#pragma once

#include <memory>

#include "scanline/datasets/loader.hpp"
#include "scanline/datasets/split.hpp"
#include "scanline/framework/optim/optimizer.hpp"
#include "scanline/framework/optim/schedules.hpp"
#include "scanline/train/callbacks/check_finite.hpp"
#include "scanline/train/callbacks/checkpoints.hpp"
#include "scanline/train/callbacks/clip_gradients.hpp"
#include "scanline/train/callbacks/early_stopping.hpp"
#include "scanline/train/callbacks/ema.hpp"
#include "scanline/train/callbacks/keep_best.hpp"
#include "scanline/train/callbacks/live_report.hpp"
#include "scanline/train/callbacks/metrics_log.hpp"
#include "scanline/train/callbacks/profile_ops.hpp"
#include "scanline/train/callbacks/progress_line.hpp"
#include "scanline/train/losses.hpp"
#include "scanline/train/run_options.hpp"
#include "scanline/train/trainer.hpp"

namespace scanline::train {

/// A trainer and its parts, made from the options of `scanline train`.
class Training {
 public:
  /// Everything but the ranks is referred to and has to outlive this. `options` are those that
  /// `run` has in common with all runs, and may be changed. Parameters that require no gradient are
  /// not trained. `last`, if there is one, comes after all other callbacks. Of several ranks only
  /// the first one has the callbacks that write files or tell of the run.
  /// @throws Error for options that do not fit.
  Training(const RunOptions& run, const TrainOptions& options, const datasets::Dataset& images,
           const datasets::Split& split, nn::Layer& network, const ModelDescription& description,
           const RunIdentity& identity, RunDirectory& directory, Progress& progress,
           const StopRequest& stop, Callback* last = nullptr, const dist::Communicator& ranks = {});

  Training(const Training&) = delete;
  Training& operator=(const Training&) = delete;

  /// The trainer.
  Trainer& trainer() { return trainer_; }
  /// The best weights on validation.
  const KeepBest& best() const { return best_; }
  /// Restores the state of the trainer from this checkpoint.
  /// @throws Error as Checkpoints does.
  void restore(const std::filesystem::path& file, const io::Safetensors& checkpoint) {
    checkpoints_.restore(trainer_, file, checkpoint);
  }

 private:
  datasets::Loader training_loader_, validation_loader_;
  std::unique_ptr<Loss> loss_;
  std::unique_ptr<optim::Optimizer> optimizer_;
  std::unique_ptr<optim::Schedule> schedule_;
  ProfileOps profile_;
  ClipGradients clip_;
  CheckFinite check_;
  Ema ema_;
  KeepBest best_;
  EarlyStopping stopping_;
  MetricsLog log_;
  Checkpoints checkpoints_;
  LiveReport report_;
  ProgressLine line_;
  Trainer trainer_;
};

}  // namespace scanline::train
