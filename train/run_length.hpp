#pragma once

#include "scanline/framework/core/fields.hpp"

namespace scanline::train {

/// The length of a run.
struct RunLength {
  /// The number of epochs.
  Index epochs = 1;
  /// The largest number of steps in the whole run; 0: no limit.
  Index max_steps = 0;
  /// The largest number of batches in each epoch; 0: no limit.
  Index limit_train_batches = 0;
  /// The number of batches whose gradients are averaged for a step.
  Index accumulate = 1;
  /// The largest number of minutes in the training loop; 0: no limit.
  double max_time = 0;
  /// Whether a resumed run ends where it stopped.
  bool finish = false;

  /// Declares epochs, max-steps, limit-train-batches, accumulate and max-time.
  void declare(Fields& fields);
  /// The number of batches in an epoch for a loader with `batches` batches.
  Index batches_per_epoch(Index batches) const;
  /// The number of steps in an epoch for a loader with `batches` batches.
  Index steps_per_epoch(Index batches) const;
  /// The number of steps in the whole run for a loader with `batches` batches.
  Index total_steps(Index batches) const;
  /// The number of epochs that these steps begin.
  Index begun_epochs(Index batches) const;
};

}  // namespace scanline::train
