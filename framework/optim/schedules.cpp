#include "scanline/framework/optim/schedules.hpp"

#include <fmt/format.h>

#include <cmath>
#include <numbers>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/optim/check.hpp"

namespace scanline::optim {
namespace {

void check_at_least(const char* owner, const char* option, Index least, Index value) {
  if (value < least)
    throw Error(
        fmt::format("{}: expected {} of at least {}, found {}", owner, option, least, value));
}

/// From `start` at 0 to `end` at 1, along half a cosine.
double cosine_between(double start, double end, double fraction) {
  return end + (start - end) * (1 + std::cos(std::numbers::pi * fraction)) / 2;
}

}  // namespace

Schedule::Schedule(const char* name, const ScheduleInputs& inputs) : name_(name), inputs_(inputs) {
  check_not_negative("Schedule", "learning_rate", inputs.learning_rate);
  check_at_least("Schedule", "total_steps", 1, inputs.total_steps);
  check_at_least("Schedule", "warmup_steps", 0, inputs.warmup_steps);
  check_at_least("Schedule", "steps_per_epoch", 1, inputs.steps_per_epoch);
}

double Schedule::at(Index t) const {
  const auto step = static_cast<double>(t), warmup = static_cast<double>(inputs_.warmup_steps);
  if (t < inputs_.warmup_steps) return inputs_.learning_rate * (step + 1) / warmup;
  return after_warmup(step - warmup);
}

double Schedule::after_warmup(double) const { return inputs_.learning_rate; }

void Schedule::observe(double) {}

void Schedule::state(Archive&) {}

StepSchedule::StepSchedule(const ScheduleInputs& inputs, const Options& options)
    : Schedule("step", inputs), options_(options) {
  check_at_least("StepSchedule", "step_size", 1, options.step_size);
  check_not_negative("StepSchedule", "gamma", options.gamma);
}

double StepSchedule::after_warmup(double step) const {
  const double times = std::floor(step / static_cast<double>(options_.step_size));
  return inputs().learning_rate * std::pow(options_.gamma, times);
}

double CosineSchedule::after_warmup(double step) const {
  const auto steps = static_cast<double>(inputs().total_steps - inputs().warmup_steps);
  return cosine_between(inputs().learning_rate, 0, step / steps);
}

// torch.optim.lr_scheduler.OneCycleLR with its defaults: cosine annealing, div_factor 25,
// final_div_factor 1e4. The highest rate stands at step `peak`, a fraction as there.
double OneCycleSchedule::at(Index t) const {
  const auto step = static_cast<double>(t), total = static_cast<double>(inputs().total_steps);
  const auto warmup = static_cast<double>(inputs().warmup_steps);
  const double peak = (inputs().warmup_steps > 0 ? warmup : 0.3 * total) - 1, last = total - 1;
  const double highest = inputs().learning_rate, first = highest / 25;
  if (step <= peak) return cosine_between(first, highest, peak > 0 ? step / peak : 1);
  return cosine_between(highest, first / 1e4, (step - peak) / (last - peak));
}

PlateauSchedule::PlateauSchedule(const ScheduleInputs& inputs, const Options& options)
    : Schedule("plateau", inputs), options_(options) {
  check_below_one("PlateauSchedule", "factor", options.factor);
  check_at_least("PlateauSchedule", "patience", 0, options.patience);
}

double PlateauSchedule::at(Index t) const { return Schedule::at(t) * scale_; }

void PlateauSchedule::observe(double loss) {
  constexpr double threshold = 1e-4;
  // The best may be infinite, and the difference of infinities is not a number.
  if (loss < best_ * (best_ > 0 ? 1 - threshold : 1 + threshold)) {
    best_ = loss;
    bad_epochs_ = 0;
    return;
  }
  if (++bad_epochs_ > options_.patience) {
    scale_ *= options_.factor;
    bad_epochs_ = 0;
  }
}

void PlateauSchedule::state(Archive& archive) {
  archive.value("schedule.best", best_);
  archive.value("schedule.bad_epochs", bad_epochs_);
  archive.value("schedule.scale", scale_);
}

}  // namespace scanline::optim
