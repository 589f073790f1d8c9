#pragma once

#include <optional>
#include <string>
#include <vector>

#include "framework/core/shape.hpp"

namespace scanline::train {

/// What is known of an epoch when it is over. A loss that is not finite stays so.
struct EpochFigures {
  Index epoch = 1;
  double train_loss = 0, train_accuracy = 0;
  std::optional<double> val_loss, val_accuracy;  // none without validation
  std::optional<double> learning_rate;           // of the last step
  double seconds = 0, images_per_second = 0;     // of the training loop alone
};

/// The epochs in the lines of a metrics.jsonl; other records, and what is no record, are left out.
std::vector<EpochFigures> read_epochs(const std::string& metrics);

}  // namespace scanline::train
