#pragma once

#include "scanline/framework/core/fields.hpp"

namespace scanline::train {

/// How long a run is.
struct RunLength {
  /// Passes over the training images.
  Index epochs = 1;
  /// Updates in the whole run; 0: no limit.
  Index max_steps = 0;
  /// Batches of each epoch; 0: no limit.
  Index limit_train_batches = 0;
  /// Minutes in the training loop; 0: no limit.
  double max_time = 0;
  /// Whether a resumed run ends where it is.
  bool finish = false;

  /// Declares epochs, max-steps, limit-train-batches and max-time.
  void declare(Fields& fields);
  /// Steps of an epoch, where a loader has that many batches.
  Index steps_per_epoch(Index batches) const;
  /// Steps of the whole run, where a loader has that many batches.
  Index total_steps(Index batches) const;
};

}  // namespace scanline::train
