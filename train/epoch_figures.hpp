#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "scanline/framework/core/shape.hpp"

namespace scanline::train {

/// The metrics of an epoch. A loss may be infinite or NaN.
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

/// Whether an epoch is better than another one: its validation accuracy is higher, or is equal and
/// the validation loss is lower. Any epoch with a validation is better than one without.
bool is_better(const EpochFigures& epoch, const EpochFigures& other);

/// The record of an epoch in metrics.jsonl.
nlohmann::ordered_json to_record(const EpochFigures& epoch);

/// The epochs in the lines of a metrics.jsonl. Lines that are not records of epochs are skipped.
std::vector<EpochFigures> read_epochs(const std::string& metrics);

}  // namespace scanline::train
