#include "scanline/train/callbacks/early_stopping.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/suggest.hpp"

namespace scanline::train {
namespace {

struct Monitor {
  std::optional<double> value;
  bool higher_is_better = false;
};

Monitor monitored(const EpochFigures& figures, const std::string& name) {
  if (name == "val_loss") return {figures.val_loss, false};
  if (name == "val_accuracy") return {figures.val_accuracy, true};
  if (name == "train_loss") return {figures.train_loss, false};
  return {figures.train_accuracy, true};
}

}  // namespace

const std::vector<std::string>& EarlyStopping::monitors() {
  static const std::vector<std::string> names{"val_loss", "val_accuracy", "train_loss",
                                              "train_accuracy"};
  return names;
}

void EarlyStopping::Options::declare(Fields& fields) {
  fields.add("patience", patience, {0, largest_count},
             "Stop after this many epochs without improvement; 0: off");
  fields.add("monitor", monitor, monitors(), "Metric that --patience watches");
  fields.add("min-delta", min_delta, {0, 1e9}, "Smallest change that counts as an improvement");
}

EarlyStopping::EarlyStopping(const Options& options) : options_(options) {
  if (std::count(monitors().begin(), monitors().end(), options.monitor) == 0)
    throw Error(unknown_name("metric", options.monitor, monitors()));
}

void EarlyStopping::on_epoch_end(Trainer&, EpochFigures& figures) {
  const Monitor metric = monitored(figures, options_.monitor);
  if (!metric.value) return;
  const double cost = metric.higher_is_better ? -*metric.value : *metric.value;
  if (cost < best_ - options_.min_delta) {
    best_ = cost;
    bad_epochs_ = 0;
  } else {
    ++bad_epochs_;
  }
}

std::string EarlyStopping::stop_reason() const {
  if (options_.patience == 0 || bad_epochs_ < options_.patience) return {};
  return fmt::format("stopped early: {} has not improved for {} epoch{}", options_.monitor,
                     options_.patience, options_.patience == 1 ? "" : "s");
}

void EarlyStopping::state(Archive& archive) {
  archive.value("early_stopping.best", best_);
  archive.value("early_stopping.bad_epochs", bad_epochs_);
}

}  // namespace scanline::train
