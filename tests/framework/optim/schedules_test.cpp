#include "scanline/framework/optim/schedules.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/optim/registry.hpp"
#include "tests/catch.hpp"
#include "tests/framework/optim/expected.hpp"
#include "tests/framework/optim/problem.hpp"

using namespace scanline;
using test::check_close;
using test::Values;
namespace expected = test::expected;

namespace {

Values rates(const optim::Schedule& schedule) {
  Values result;
  for (Index t = 0; t < 50; ++t) result.push_back(schedule.at(t));
  return result;
}

/// The learning rate after `epochs` epochs whose losses change by as much each.
double rate_after(double first_loss, double change, int epochs = 12) {
  optim::PlateauSchedule plateau({.learning_rate = 1}, {.factor = 0.1, .patience = 2});
  for (int epoch = 0; epoch < epochs; ++epoch) plateau.observe(first_loss + change * epoch);
  return plateau.at(0);
}

}  // namespace

TEST_CASE("schedules have PyTorch's learning rates") {
  check_close(rates(optim::StepSchedule({.learning_rate = 0.1, .total_steps = 50},
                                        {.step_size = 7, .gamma = 0.5})),
              expected::step_rates, 1e-12);
  check_close(rates(optim::CosineSchedule({.learning_rate = 0.1, .total_steps = 50})),
              expected::cosine_rates, 1e-12);
  // PyTorch's scheduler steps once more than the optimizer, hence its 51 steps.
  check_close(rates(optim::OneCycleSchedule({.learning_rate = 0.1, .total_steps = 51})),
              expected::onecycle_rates, 1e-12);
  check_close(
      rates(optim::OneCycleSchedule({.learning_rate = 0.1, .total_steps = 51, .warmup_steps = 10})),
      expected::onecycle_short_rise_rates, 1e-12);

  optim::PlateauSchedule plateau({.learning_rate = 0.1}, {.factor = 0.5, .patience = 2});
  Values plateau_rates;
  for (int epoch = 0; epoch < 50; ++epoch) {
    plateau.observe(1.0 / (1 + std::min(epoch, 10)) - 1e-6 * epoch - (epoch > 30 ? 0.05 : 0));
    plateau_rates.push_back(plateau.at(0));
  }
  check_close(plateau_rates, expected::plateau_rates, 1e-12);
}

TEST_CASE("a plateau asks for the same progress whatever the sign of the loss") {
  for (const double first : {-10.0, -1.0, 0.0, 1.0, 10.0}) {
    INFO(first);
    for (const double too_little : {0.0, 1e-5, -9e-5 * std::abs(first) / 12})
      CHECK(rate_after(first, too_little) == Approx(1e-3));
  }
  for (const double first : {-10.0, -1.0, 0.0, 10.0}) CHECK(rate_after(first, -0.01) == 1);
}

TEST_CASE("a plateau goes on from its state") {
  const optim::ScheduleInputs inputs{.learning_rate = 0.1};
  optim::PlateauSchedule first(inputs, {.factor = 0.5, .patience = 1});
  for (const double loss : {1.0, 2.0, 2.0, 2.0}) first.observe(loss);
  Archive saved;
  first.state(saved);
  Archive loaded(saved.values(), saved.arrays());
  optim::PlateauSchedule second(inputs, {.factor = 0.5, .patience = 1});
  second.state(loaded);
  for (int epoch = 0; epoch < 5; ++epoch) {
    CHECK(second.at(0) == first.at(0));
    first.observe(2);
    second.observe(2);
  }
  CHECK(second.at(0) == 0.1 / 16);
}

TEST_CASE("warm-up rises in a line to the learning rate, and the schedule follows") {
  const optim::Schedules table = optim::schedules();
  const auto make = [&](const std::string& name, Index steps, Index warmup) {
    return table.find(name).choose()->make(
        {.learning_rate = 0.4, .total_steps = steps, .warmup_steps = warmup, .steps_per_epoch = 5});
  };
  for (const char* name : {"constant", "step", "cosine", "plateau"}) {
    const auto warm = make(name, 20, 4), cold = make(name, 16, 0);
    INFO(name);
    check_close({warm->at(0), warm->at(1), warm->at(2), warm->at(3)}, {0.1, 0.2, 0.3, 0.4}, 1e-15);
    for (Index t = 0; t < 16; ++t) CHECK(warm->at(4 + t) == cold->at(t));
  }
  // A run that is shorter than any schedule expects still has finite, positive rates.
  for (const std::string& name : table.names())
    for (const Index steps : {1, 2, 3})
      for (Index warmup = 0; warmup <= steps; ++warmup)
        for (Index t = 0; t < steps; ++t) {
          const double rate = make(name, steps, warmup)->at(t);
          INFO(name << ", " << steps << " steps, " << warmup << " of warm-up, step " << t);
          CHECK(std::isfinite(rate));
          CHECK(rate > 0);
          CHECK(rate <= 0.4 + 1e-12);
        }
}

TEST_CASE("schedules know whether they depend on the number of all steps") {
  for (const auto& entry : optim::schedules()) {
    INFO(entry.name);
    const auto cold = entry.choose()->make({.total_steps = 20});
    CHECK(cold->depends_on_total() == (entry.name == "cosine" || entry.name == "onecycle"));
    CHECK(entry.choose()->make({.total_steps = 20, .warmup_steps = 1})->depends_on_total());
    CHECK(cold->name() == entry.name);
  }
}

TEST_CASE("schedules refuse senseless numbers") {
  using optim::ConstantSchedule, optim::PlateauSchedule, optim::StepSchedule;
  CHECK_THROWS_WITH(StepSchedule({}, {.step_size = 0}),
                    "StepSchedule: expected step_size of at least 1, found 0");
  CHECK_THROWS_AS(StepSchedule({}, {.gamma = NAN}), Error);
  CHECK_THROWS_WITH(ConstantSchedule({.total_steps = 0}),
                    "Schedule: expected total_steps of at least 1, found 0");
  CHECK_THROWS_WITH(ConstantSchedule({.warmup_steps = -1}),
                    "Schedule: expected warmup_steps of at least 0, found -1");
  CHECK_THROWS_AS(ConstantSchedule({.learning_rate = -1}), Error);
  CHECK_THROWS_AS(ConstantSchedule({.steps_per_epoch = 0}), Error);
  CHECK_THROWS_WITH(PlateauSchedule({}, {.factor = 1}),
                    "PlateauSchedule: expected factor from 0 to below 1, found 1");
  CHECK_THROWS_WITH(PlateauSchedule({}, {.patience = -1}),
                    "PlateauSchedule: expected patience of at least 0, found -1");
}
