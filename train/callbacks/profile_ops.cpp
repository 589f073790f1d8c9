#include "scanline/train/callbacks/profile_ops.hpp"

#include <fmt/format.h>

#include "scanline/train/trainer.hpp"

namespace scanline::train {

void ProfileOps::Options::declare(Fields& fields) {
  fields
      .add("profile", steps, {0, 10'000},
           "Print the time, calls and memory of the ops of each layer, measured in N steps; 0: off")
      .not_stored();
}

void ProfileOps::on_gradients_ready(Trainer&) {
  if (profile_) profile_->add_time("(between)");
}

void ProfileOps::on_step_end(Trainer& trainer) {
  if (options_.steps == 0 || measured_ == options_.steps) return;
  if (!profile_) {
    if (--warm_up_ <= 0 && !trainer.is_epoch_complete()) profile_.emplace();
    return;
  }
  profile_->add_time("optimizer");
  ++measured_;
  if (measured_ < options_.steps && !trainer.is_epoch_complete()) return;
  progress_.clear();
  fmt::print("A training step, mean of {}. Times are in milliseconds.\n{}", measured_,
             to_string(*profile_, static_cast<int>(measured_)));
  profile_.reset();
  measured_ = options_.steps;
}

}  // namespace scanline::train
