#pragma once

#include <vector>

#include "scanline/framework/core/registry.hpp"
#include "scanline/framework/optim/optimizer.hpp"
#include "scanline/framework/optim/schedules.hpp"

namespace scanline::optim {

/// A table of optimizers, which are made of the parameters to train and a learning rate.
using Optimizers = Registry<Optimizer, std::vector<Tensor>, double>;

/// sgd, adam, adamw and rmsprop. A program may append rows of its own.
Optimizers optimizers();

/// A table of learning-rate schedules, which are made for a run.
using Schedules = Registry<Schedule, const ScheduleInputs&>;

/// constant, cosine, onecycle, step and plateau. A program may append rows of its own.
Schedules schedules();

}  // namespace scanline::optim
