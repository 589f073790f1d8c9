#include "scanline/framework/optim/registry.hpp"

#include <memory>

#include "scanline/framework/optim/adam.hpp"
#include "scanline/framework/optim/rmsprop.hpp"
#include "scanline/framework/optim/sgd.hpp"

namespace scanline::optim {
namespace {

std::unique_ptr<Schedule> step_each_epoch(const ScheduleInputs& inputs) {
  return std::make_unique<StepSchedule>(
      inputs, StepSchedule::Options{.step_size = inputs.steps_per_epoch, .gamma = 0.7});
}

std::unique_ptr<Schedule> halved_on_plateau(const ScheduleInputs& inputs) {
  return std::make_unique<PlateauSchedule>(inputs,
                                           PlateauSchedule::Options{.factor = 0.5, .patience = 1});
}

}  // namespace

Optimizers optimizers() {
  return {"optimizer",
          {Optimizers::entry<Sgd>("sgd", "Stochastic gradient descent with momentum"),
           Optimizers::entry<Adam>("adam", "Adam, with weight decay added to the gradient"),
           Optimizers::entry<AdamW>("adamw", "Adam with decoupled weight decay"),
           Optimizers::entry<RmsProp>("rmsprop", "RMSprop with momentum")}};
}

Schedules schedules() {
  return {"schedule",
          {Schedules::entry<ConstantSchedule>("constant", "Keeps the learning rate at its peak"),
           Schedules::entry<CosineSchedule>("cosine",
                                            "Lowers the learning rate to 0 along half a cosine"),
           Schedules::entry<OneCycleSchedule>("onecycle",
                                              "Raises and lowers the learning rate along cosines"),
           Schedules::entry("step", "Multiplies the learning rate by 0.7 after each epoch",
                            step_each_epoch),
           Schedules::entry("plateau",
                            "Halves the learning rate when the loss has not fallen for two epochs",
                            halved_on_plateau)}};
}

}  // namespace scanline::optim
