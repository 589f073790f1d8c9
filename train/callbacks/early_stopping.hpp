#pragma once

#include <limits>
#include <string>
#include <vector>

#include "scanline/framework/core/fields.hpp"
#include "scanline/train/callbacks/callback.hpp"

namespace scanline::train {

/// Ends a run when a metric has stopped improving.
class EarlyStopping : public Callback {
 public:
  /// The metrics that can be monitored: those of an epoch's record.
  static const std::vector<std::string>& monitors();

  /// When a run ends.
  struct Options {
    /// Epochs in a row without improvement after which the run ends; 0: never.
    Index patience = 0;
    /// The metric, one of `monitors()`. A loss is better when lower, an accuracy when higher.
    std::string monitor = "val_loss";
    /// How much better than its best the metric has to be.
    double min_delta = 0;

    /// Declares patience, monitor and min-delta.
    void declare(Fields& fields);
  };
  /// Starts without a best epoch. @throws Error for a metric that cannot be monitored.
  explicit EarlyStopping(const Options& options);

  void on_epoch_end(Trainer& trainer, EpochFigures& figures) override;
  std::string stop_reason() const override;
  void state(Archive& archive) override;

 private:
  Options options_;
  double best_ = std::numeric_limits<double>::infinity();  // negated where higher is better
  Index bad_epochs_ = 0;                                   // in a row
};

}  // namespace scanline::train
