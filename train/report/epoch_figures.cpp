#include "scanline/train/report/epoch_figures.hpp"

#include <cmath>
#include <nlohmann/json.hpp>
#include <sstream>

namespace scanline::train {

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
