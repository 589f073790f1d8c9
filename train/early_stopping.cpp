#include "scanline/train/early_stopping.hpp"

namespace scanline::train {

const std::vector<std::string>& EarlyStopping::monitors() {
  static const std::vector<std::string> names{"val_loss", "val_accuracy", "train_loss",
                                              "train_accuracy"};
  return names;
}

EarlyStopping::EarlyStopping(const std::string& monitor, Index patience, double min_delta)
    : higher_is_better_(monitor.ends_with("accuracy")),
      patience_(patience),
      min_delta_(min_delta) {}

void EarlyStopping::observe(double value) {
  const double cost = higher_is_better_ ? -value : value;
  if (cost < state_.best - min_delta_) {
    state_ = {.best = cost, .bad_epochs = 0};
  } else {
    ++state_.bad_epochs;
  }
}

}  // namespace scanline::train
