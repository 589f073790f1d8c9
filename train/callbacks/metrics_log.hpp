#pragma once

#include "scanline/framework/core/fields.hpp"
#include "scanline/train/callbacks/callback.hpp"
#include "scanline/train/run_log.hpp"

namespace scanline::train {

/// Appends records of steps and epochs to the log of a run.
class MetricsLog : public Callback {
 public:
  /// The records besides those of epochs.
  struct Options {
    /// Every N-th step is logged; 0: no steps.
    Index log_every = 0;

    /// Declares log-every.
    void declare(Fields& fields);
  };
  /// `log` is referred to.
  MetricsLog(const Options& options, RunLog& log) : options_(options), log_(log) {}

  /// @throws Error when the record cannot be written.
  void on_step_end(Trainer& trainer) override;
  /// @throws Error when the record cannot be written.
  void on_epoch_end(Trainer& trainer, EpochFigures& figures) override;

 private:
  Options options_;
  RunLog& log_;
};

}  // namespace scanline::train
