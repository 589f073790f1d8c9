#pragma once

#include <optional>

#include "scanline/framework/autograd/detect_anomaly.hpp"
#include "scanline/framework/core/fields.hpp"
#include "scanline/framework/nn/module.hpp"
#include "scanline/train/callbacks/callback.hpp"
#include "scanline/train/callbacks/clip_gradients.hpp"

namespace scanline::train {

/// Ends a run whose loss or gradients are no longer finite, before the weights are updated with
/// them.
class CheckFinite : public Callback {
 public:
  /// Whether anything is checked.
  struct Options {
    /// Whether to check; otherwise training continues with numbers that are not finite.
    bool check_nan = true;
    /// Whether to check each op, to name the first one whose result or gradient is not finite.
    bool detect_anomaly = false;

    /// Declares check-nan and detect-anomaly.
    void declare(Fields& fields);
  };
  /// Checks the gradients of `network`. The norm that `clip` has computed in the same step tells
  /// whether all of them are finite, so `clip` has to come before this in the list. Both are
  /// referred to.
  CheckFinite(const Options& options, const nn::Module& network, const ClipGradients& clip);

  /// @throws Error that names the step, and the loss or the parameter.
  void on_gradients_ready(Trainer& trainer) override;

 private:
  Options options_;
  const nn::Module& network_;
  const ClipGradients& clip_;
  std::optional<DetectAnomaly> detect_anomaly_;
};

}  // namespace scanline::train
