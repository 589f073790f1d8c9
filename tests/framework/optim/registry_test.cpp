#include "scanline/framework/optim/registry.hpp"

#include <string>
#include <vector>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/optim/adam.hpp"
#include "tests/catch.hpp"
#include "tests/framework/optim/problem.hpp"

using namespace scanline;

namespace {

std::vector<std::string> option_names(const std::string& optimizer) {
  const auto chosen = optim::optimizers().find(optimizer).choose();
  Fields fields;
  chosen->declare(fields);
  std::vector<std::string> names;
  for (const Field& field : fields) names.push_back(field.name);
  return names;
}

/// A schedule that a user might write.
struct Halving : optim::Schedule {
  explicit Halving(const optim::ScheduleInputs& inputs) : Schedule("halving", inputs) {}
  double after_warmup(double step) const override {
    return inputs().learning_rate * std::exp2(-step);
  }
};

}  // namespace

TEST_CASE("each optimizer has the options that it uses") {
  CHECK(option_names("sgd") == std::vector<std::string>{"weight-decay", "momentum"});
  CHECK(option_names("rmsprop") == std::vector<std::string>{"weight-decay", "momentum"});
  CHECK(option_names("adam") == std::vector<std::string>{"weight-decay", "beta2"});
  CHECK(option_names("adamw") == std::vector<std::string>{"weight-decay", "beta2"});
}

TEST_CASE("an optimizer of the table has the options that were read") {
  const auto chosen = optim::optimizers().find("adamw").choose();
  Fields fields;
  chosen->declare(fields);
  CHECK(fields.find("weight-decay")->text() == "0.01");
  fields.find("weight-decay")->read("0.3");
  fields.find("beta2")->read("0.99");
  const test::MakeOptimizer from_table = [&](std::vector<Tensor> parameters) {
    return chosen->make(std::move(parameters), 0.05);
  };
  const test::MakeOptimizer by_hand = [](std::vector<Tensor> parameters) {
    return std::make_unique<optim::AdamW>(
        std::move(parameters), 0.05, optim::AdamW::Options{.beta2 = 0.99, .weight_decay = 0.3});
  };
  CHECK(test::trajectory(from_table, DType::float32) == test::trajectory(by_hand, DType::float32));
}

TEST_CASE("an optimizer or a schedule that is not in the table is refused") {
  CHECK_THROWS_WITH(optim::optimizers().find("adamx"),
                    "there is no optimizer 'adamx' (did you mean adam?); known are sgd, adam, "
                    "adamw, rmsprop");
  CHECK_THROWS_WITH(optim::schedules().find("linear"),
                    "there is no schedule 'linear'; known are constant, cosine, onecycle, step, "
                    "plateau");
}

TEST_CASE("a schedule can be added to the table") {
  optim::Schedules table = optim::schedules();
  table.add(optim::Schedules::entry<Halving>("halving", "is halved after each step"));
  const auto schedule = table.find("halving").choose()->make(
      {.learning_rate = 0.8, .total_steps = 9, .warmup_steps = 2});
  CHECK(schedule->at(0) == 0.4);
  CHECK(schedule->at(4) == 0.2);
}
