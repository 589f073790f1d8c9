#pragma once

#include <optional>
#include <string>
#include <vector>

#include "scanline/framework/core/shape.hpp"

namespace scanline::train {

/// What is known of an epoch when it is over. A loss that is not finite stays so.
struct EpochFigures {
  Index epoch = 1;                      // counted from 1
  double train_loss = 0,                // over all its steps
      train_accuracy = 0;               // likewise
  std::optional<double> val_loss,       // none without validation
      val_accuracy;                     // likewise
  std::optional<double> learning_rate;  // of the last step
  double seconds = 0,                   // of the training loop alone
      images_per_second = 0;            // likewise
};

/// The epochs in the lines of a metrics.jsonl; other records, and what is no record, are left out.
std::vector<EpochFigures> read_epochs(const std::string& metrics);

}  // namespace scanline::train
