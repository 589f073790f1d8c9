#include "scanline/train/run_length.hpp"

#include <algorithm>

namespace scanline::train {

void RunLength::declare(Fields& fields) {
  constexpr Index many = 1'000'000'000;
  fields.add("epochs", epochs, {1, many}, "Number of epochs").changeable();
  fields.add("max-steps", max_steps, {0, many}, "Stop after this many steps; 0: no limit")
      .changeable();
  fields.add("limit-train-batches", limit_train_batches, {0, many},
             "Use at most this many batches per epoch; 0: all");
  fields
      .add("max-time", max_time, {0, 1e6}, "Stop after this many minutes of training; 0: no limit")
      .changeable();
}

Index RunLength::steps_per_epoch(Index batches) const {
  return limit_train_batches > 0 ? std::min(batches, limit_train_batches) : batches;
}

Index RunLength::total_steps(Index batches) const {
  const Index all = epochs * steps_per_epoch(batches);
  return max_steps > 0 ? std::min(all, max_steps) : all;
}

}  // namespace scanline::train
