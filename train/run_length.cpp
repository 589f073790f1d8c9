#include "scanline/train/run_length.hpp"

#include <algorithm>

namespace scanline::train {

void RunLength::declare(Fields& fields) {
  fields.add("epochs", epochs, {1, largest_count}, "Number of epochs").changeable();
  fields.add("max-steps", max_steps, {0, largest_count}, "Stop after this many steps; 0: no limit")
      .changeable();
  fields.add("limit-train-batches", limit_train_batches, {0, largest_count},
             "Use at most this many batches per epoch; 0: all");
  fields.add("accumulate", accumulate, {1, largest_count},
             "Average the gradients of this many batches for each step");
  fields
      .add("max-time", max_time, {0, 1e6}, "Stop after this many minutes of training; 0: no limit")
      .changeable();
}

Index RunLength::batches_per_epoch(Index batches) const {
  return limit_train_batches > 0 ? std::min(batches, limit_train_batches) : batches;
}

Index RunLength::steps_per_epoch(Index batches) const {
  return (batches_per_epoch(batches) + accumulate - 1) / accumulate;
}

Index RunLength::total_steps(Index batches) const {
  const Index all = epochs * steps_per_epoch(batches);
  return max_steps > 0 ? std::min(all, max_steps) : all;
}

Index RunLength::begun_epochs(Index batches) const {
  const Index steps = steps_per_epoch(batches);
  return (total_steps(batches) + steps - 1) / steps;
}

}  // namespace scanline::train
