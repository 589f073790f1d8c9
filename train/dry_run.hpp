#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "scanline/train/callbacks/callback.hpp"
#include "scanline/train/options.hpp"
#include "scanline/train/run_data.hpp"
#include "scanline/train/scratch_directory.hpp"

namespace scanline::train {

/// How long a run is, counted in its work.
struct RunWork {
  Index steps = 0,               // in the whole run
      epochs = 0,                // likewise
      validation_images = 0,     // after each epoch
      test_images = 0;           // at the end
  double max_train_seconds = 0;  // in the training loop; 0: no limit
};

/// What a dry run measured.
struct WorkTimes {
  double step = 0,          // seconds in a training step, its batch included
      evaluated_image = 0,  // seconds for an image of validation or test
      epoch_end = 0,        // seconds after an epoch, without its validation
      run_end = 0;          // seconds after the run, without its test
};

/// Seconds that the work of a run takes.
double estimate_seconds(const RunWork& work, const WorkTimes& times);

/// What `--dry-run` does: it shortens a run to a few training steps and a batch of validation and
/// of test, in a directory that is removed afterwards, and estimates from these what the whole run
/// will take. It is the last callback of the run.
class DryRun : public Callback {
 public:
  /// `data` is shortened. @throws Error when there is no place for a directory.
  DryRun(const TrainOptions& options, RunData& data);

  /// The options of the shortened run.
  const TrainOptions& options() const { return options_; }

  void on_epoch_begin(Trainer& trainer) override;
  void on_step_end(Trainer& trainer) override;
  void on_validation_step(Trainer& trainer, const EvaluationState& state) override;
  void on_epoch_end(Trainer& trainer, EpochFigures& figures) override;
  void on_run_end(Trainer& trainer) override;
  std::string stop_reason() const override;

  /// After each batch of the test.
  void on_test_step(const EvaluationState& state) { test_ = state; }
  /// Lines for the user when everything is done: how long the whole run will take, how much memory,
  /// and that it looks fine.
  std::vector<std::string> summary() const;

 private:
  using Clock = std::chrono::steady_clock;

  ScratchDirectory directory_;
  TrainOptions options_;
  RunWork work_;
  Clock::time_point start_,           // of the first step
      previous_;                      // end of what was timed last
  std::vector<double> step_seconds_;  // of each step but the first
  double first_step_seconds_ = 0;
  EvaluationState validation_, test_;
  double epoch_end_seconds_ = 0;  // with validation
};

}  // namespace scanline::train
