#pragma once

#include <limits>
#include <string>
#include <vector>

#include "scanline/framework/core/shape.hpp"

namespace scanline::train {

/// Ends a run when a figure has stopped getting better.
class EarlyStopping {
 public:
  /// The figures that can be monitored: those of an epoch's record.
  static const std::vector<std::string>& monitors();

  /// Stops after `patience` epochs in a row in which the figure was not better than its best by
  /// more than `min_delta`; 0 epochs: never. A loss is better when lower, an accuracy when higher.
  EarlyStopping(const std::string& monitor, Index patience, double min_delta);

  /// Takes in the figure of an epoch.
  void observe(double value);
  /// Whether an epoch can end the run.
  bool is_on() const { return patience_ > 0; }
  /// Whether the run has to end.
  bool should_stop() const { return patience_ > 0 && state_.bad_epochs >= patience_; }

  /// What has been observed, to go on from exactly here.
  struct State {
    double best = std::numeric_limits<double>::infinity();  // negated where higher is better
    Index bad_epochs = 0;                                   // in a row
  };
  /// For a checkpoint.
  const State& state() const { return state_; }
  /// Goes on from there.
  void set_state(const State& state) { state_ = state; }

 private:
  bool higher_is_better_;
  Index patience_;
  double min_delta_;
  State state_;
};

}  // namespace scanline::train
