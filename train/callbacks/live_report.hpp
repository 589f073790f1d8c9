#pragma once

#include <chrono>
#include <string>

#include "scanline/framework/core/fields.hpp"
#include "scanline/predict/model_file.hpp"
#include "scanline/train/callbacks/callback.hpp"
#include "scanline/train/run_directory.hpp"

namespace scanline::train {

/// Draws the learning curves and the report of a run that has not ended, after an epoch. An epoch
/// is passed over where drawing would take more than 1 % of the time since it was last done. It
/// comes after the callbacks that log and save the epoch.
class LiveReport : public Callback {
 public:
  /// How long drawing takes.
  using Duration = std::chrono::steady_clock::duration;

  /// Everything is referred to. `first_cost` is how long the first drawing is assumed to take;
  /// later it is measured.
  LiveReport(RunDirectory& directory, const ModelDescription& description, const Fields& options,
             Duration first_cost = std::chrono::milliseconds(100));

  /// @throws Error when a file cannot be written.
  void on_epoch_end(Trainer& trainer, EpochFigures& figures) override;

 private:
  using Clock = std::chrono::steady_clock;

  RunDirectory& directory_;
  const ModelDescription& description_;
  const Fields& options_;
  Duration cost_;                          // of the last drawing
  Clock::time_point last_ = Clock::now();  // when it ended
};

}  // namespace scanline::train
