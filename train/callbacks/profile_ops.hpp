#pragma once

#include <optional>

#include "scanline/framework/autograd/profile.hpp"
#include "scanline/framework/core/fields.hpp"
#include "scanline/train/callbacks/callback.hpp"
#include "scanline/train/progress.hpp"

namespace scanline::train {

/// Measures the ops of some training steps, and prints a table of them to standard output. The
/// first steps are slower than the others, and are not measured. The measurement ends early where
/// the epoch does.
class ProfileOps : public Callback {
 public:
  /// What is measured.
  struct Options {
    /// The number of steps; 0 for none.
    Index steps = 0;

    /// Declares profile.
    void declare(Fields& fields);
  };
  /// `progress` is cleared before the table is printed, and is referred to. This has to come before
  /// the callbacks whose time is to count as that of the optimizer.
  ProfileOps(const Options& options, Progress& progress) : options_(options), progress_(progress) {}

  void on_gradients_ready(Trainer& trainer) override;
  void on_step_end(Trainer& trainer) override;

 private:
  Options options_;
  Progress& progress_;
  Index warm_up_ = 3;   // steps that are left until the measurement
  Index measured_ = 0;  // steps
  std::optional<Profile> profile_;
};

}  // namespace scanline::train
