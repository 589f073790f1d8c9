#include "scanline/framework/optim/schedules.hpp"

#include <fmt/format.h>

#include <algorithm>
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

/// torch.optim.lr_scheduler.OneCycleLR with its defaults: cosine annealing, div_factor 25,
/// final_div_factor 1e4. The highest rate stands at step `peak`, a fraction as there.
double one_cycle(double highest, double peak, double last, double t) {
  const double first = highest / 25;
  if (t <= peak) return cosine_between(first, highest, peak > 0 ? t / peak : 1);
  return cosine_between(highest, first / 1e4, (t - peak) / (last - peak));
}

}  // namespace

ScheduleKind schedule_kind(const std::string& name) {
  if (name == "constant") return ScheduleKind::constant;
  if (name == "step") return ScheduleKind::step;
  if (name == "cosine") return ScheduleKind::cosine;
  if (name == "onecycle") return ScheduleKind::onecycle;
  if (name == "plateau") return ScheduleKind::plateau;
  throw Error(fmt::format("there is no schedule '{}'", name));
}

double Schedule::at(Index t) const {
  check_not_negative("Schedule", "learning_rate", learning_rate);
  check_not_negative("Schedule", "gamma", gamma);
  check_at_least("Schedule", "total_steps", 1, total_steps);
  check_at_least("Schedule", "warmup_steps", 0, warmup_steps);
  check_at_least("Schedule", "step_size", 1, step_size);
  const auto step = static_cast<double>(t), total = static_cast<double>(total_steps);
  const auto warmup = static_cast<double>(warmup_steps);
  if (kind == ScheduleKind::onecycle)
    return one_cycle(learning_rate, (warmup_steps > 0 ? warmup : 0.3 * total) - 1, total - 1, step);
  if (t < warmup_steps) return learning_rate * (step + 1) / warmup;
  const double own_step = step - warmup;
  switch (kind) {
    case ScheduleKind::step:
      return learning_rate * std::pow(gamma, std::floor(own_step / static_cast<double>(step_size)));
    case ScheduleKind::cosine: return cosine_between(learning_rate, 0, own_step / (total - warmup));
    default: return learning_rate;
  }
}

Plateau::Plateau(const Options& options) : options_(options) {
  check_below_one("Plateau", "decay", options.decay);
  check_at_least("Plateau", "patience", 0, options.patience);
}

void Plateau::observe(double loss) {
  constexpr double threshold = 1e-4;
  // The best may be infinite, and the difference of infinities is not a number.
  if (loss < state_.best * (state_.best > 0 ? 1 - threshold : 1 + threshold)) {
    state_.best = loss;
    state_.bad_epochs = 0;
    return;
  }
  if (++state_.bad_epochs > options_.patience) {
    state_.factor *= options_.decay;
    state_.bad_epochs = 0;
  }
}

}  // namespace scanline::optim
