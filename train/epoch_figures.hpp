#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "scanline/framework/core/shape.hpp"

namespace scanline::train {

/// What is known of an epoch when it is over. A loss that is not finite stays so.
struct EpochFigures {
  Index epoch = 0;                      // counted from 1
  double train_loss = 0,                // over all its steps
      train_accuracy = 0;               // over all its steps
  std::optional<double> val_loss,       // none without validation
      val_accuracy;                     // none without validation
  std::optional<double> learning_rate;  // of the last step
  double seconds = 0,                   // of the training loop, without validation
      images_per_second = 0;            // in the training loop
};

/// Whether an epoch did better on validation than another one: its accuracy is higher, or the same
/// at a lower loss. Any epoch that was validated is better than one that was not.
bool is_better(const EpochFigures& epoch, const EpochFigures& other);

/// The record of an epoch in metrics.jsonl.
nlohmann::ordered_json to_record(const EpochFigures& epoch);

/// The epochs in the lines of a metrics.jsonl; other records, and what is no record, are left out.
std::vector<EpochFigures> read_epochs(const std::string& metrics);

}  // namespace scanline::train
