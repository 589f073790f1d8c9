#include "scanline/train/epoch_figures.hpp"

#include <cmath>
#include <nlohmann/json.hpp>
#include <sstream>

namespace scanline::train {

bool is_better(const EpochFigures& epoch, const EpochFigures& other) {
  if (!epoch.val_accuracy || !other.val_accuracy) return epoch.val_accuracy.has_value();
  if (*epoch.val_accuracy != *other.val_accuracy) return *epoch.val_accuracy > *other.val_accuracy;
  return epoch.val_loss.value_or(NAN) < other.val_loss.value_or(NAN);
}

nlohmann::ordered_json to_record(const EpochFigures& epoch) {
  const auto or_null = [](const std::optional<double>& value) {
    return value ? nlohmann::ordered_json(*value) : nlohmann::ordered_json();
  };
  return {{"kind", "epoch"},
          {"epoch", epoch.epoch},
          {"train_loss", epoch.train_loss},
          {"train_accuracy", epoch.train_accuracy},
          {"val_loss", or_null(epoch.val_loss)},
          {"val_accuracy", or_null(epoch.val_accuracy)},
          {"images_per_second", epoch.images_per_second},
          {"seconds", epoch.seconds},
          {"learning_rate", or_null(epoch.learning_rate)}};
}

std::vector<EpochFigures> read_epochs(const std::string& metrics) {
  std::vector<EpochFigures> epochs;
  std::istringstream lines(metrics);
  for (std::string line; std::getline(lines, line);) {
    const auto record = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (!record.is_object() || record.value("kind", nlohmann::json()) != "epoch") continue;
    const auto optional = [&](const char* key) -> std::optional<double> {
      const auto found = record.find(key);
      if (found == record.end() || !found->is_number()) return {};
      return found->get<double>();
    };
    // JSON has no word for what is not finite: such a number is written as null.
    const auto number = [&](const char* key) { return optional(key).value_or(NAN); };
    epochs.push_back({.epoch = static_cast<Index>(
                          optional("epoch").value_or(static_cast<double>(epochs.size() + 1))),
                      .train_loss = number("train_loss"),
                      .train_accuracy = number("train_accuracy"),
                      .val_loss = optional("val_loss"),
                      .val_accuracy = optional("val_accuracy"),
                      .learning_rate = optional("learning_rate"),
                      .seconds = number("seconds"),
                      .images_per_second = number("images_per_second")});
  }
  return epochs;
}

}  // namespace scanline::train
