#pragma once

#include "scanline/train/callbacks/callback.hpp"
#include "scanline/train/progress.hpp"

namespace scanline::train {

/// Shows the progress of a run, the metrics of each epoch, and the reason if the run ends early.
class ProgressLine : public Callback {
 public:
  /// `progress` is referred to.
  explicit ProgressLine(Progress& progress) : progress_(progress) {}

  void on_step_end(Trainer& trainer) override;
  void on_validation_step(Trainer& trainer, const EvaluationState& state) override;
  void on_epoch_end(Trainer& trainer, EpochFigures& figures) override;

 private:
  Progress& progress_;
};

}  // namespace scanline::train
