#pragma once

#include <optional>

#include "scanline/framework/core/fields.hpp"
#include "scanline/framework/nn/module.hpp"
#include "scanline/framework/optim/ema.hpp"
#include "scanline/train/callbacks/callback.hpp"

namespace scanline::train {

/// Keeps a moving average of the weights, which is validated and tested in their place.
class Ema : public Callback {
 public:
  /// How the weights are averaged.
  struct Options {
    /// The decay rate of the average; 0: there is no average.
    double ema = 0;

    /// Declares ema.
    void declare(Fields& fields);
  };
  /// Averages the parameters of `network`, which is referred to.
  /// @throws Error as optim::Ema does.
  Ema(const Options& options, const nn::Module& network);

  void on_step_end(Trainer& trainer) override;
  void swap_weights() override;
  /// A checkpoint has the averages under the names of their parameters.
  void state(Archive& archive) override;

 private:
  const nn::Module& network_;
  std::optional<optim::Ema> average_;
};

}  // namespace scanline::train
