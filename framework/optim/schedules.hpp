#pragma once

#include <limits>
#include <string>

#include "scanline/framework/core/shape.hpp"

namespace scanline::optim {

/// How the learning rate goes on after the warm-up.
enum class ScheduleKind {
  constant,  // stays
  step,      // is multiplied by gamma every step_size steps (torch's StepLR)
  cosine,    // falls to 0 along half a cosine (torch's CosineAnnealingLR)
  onecycle,  // rises from 1/25, falls to 1/250,000 of itself along cosines (torch's OneCycleLR)
  plateau,   // stays, but for the factor of a Plateau
};

/// The kind of that name. @throws Error for an unknown one.
ScheduleKind schedule_kind(const std::string& name);

/// A learning rate for each step of a run: a pure function, so that a run can go on anywhere.
///
/// With W warm-up steps, step t < W (counted from 0) has lr * (t + 1) / W, and the schedule proper
/// runs over the remaining steps, from its own step 0 on. Only the one-cycle schedule has a rise of
/// its own: W steps replace it, and without warm-up it is the first 30 % of the run, as in PyTorch.
struct Schedule {
  /// How it goes on after the warm-up.
  ScheduleKind kind = ScheduleKind::constant;
  /// The highest that is reached.
  double learning_rate = 1e-3;
  /// Steps of the whole run.
  Index total_steps = 1;
  /// W, the steps in which it rises.
  Index warmup_steps = 0;
  /// For `step`: after how many steps, and by what, the rate is multiplied.
  Index step_size = 1;
  /// The factor, for `step`.
  double gamma = 0.7;

  /// The learning rate of step t, 0 <= t < total_steps.
  /// @throws Error when total_steps or step_size is below 1, warmup_steps is negative, or
  ///   learning_rate or gamma is negative or not finite.
  double at(Index t) const;
};

/// Lowers the learning rate when a loss no longer falls, as torch's ReduceLROnPlateau does: if for
/// more than `patience` epochs in a row the loss has not been below its best by more than a ten
/// thousandth of the best's absolute value, the factor is multiplied by `decay`. (PyTorch takes a
/// ten thousandth of the best, so that it finds progress in any loss that stays negative.)
class Plateau {
 public:
  /// What it is tuned by; the defaults are PyTorch's.
  struct Options {
    /// What the factor is multiplied by.
    double decay = 0.1;
    /// Epochs without progress that are let pass.
    Index patience = 10;
  };
  /// Starts with a factor of 1.
  /// @throws Error when decay is not from 0 to below 1, or patience is negative.
  explicit Plateau(const Options& options);

  /// Takes in the loss after an epoch.
  void observe(double loss);
  /// What the learning rate is to be multiplied by.
  double factor() const { return state_.factor; }

  /// What has been observed, to go on from exactly here.
  struct State {
    /// The lowest loss.
    double best = std::numeric_limits<double>::infinity();
    /// Epochs in a row that were no better.
    Index bad_epochs = 0;
    /// What `factor` returns.
    double factor = 1;
  };
  /// For a checkpoint.
  const State& state() const { return state_; }
  /// Goes on from there.
  void set_state(const State& state) { state_ = state; }

 private:
  Options options_;
  State state_;
};

}  // namespace scanline::optim
