#pragma once

#include <vector>

#include "scanline/framework/core/registry.hpp"
#include "scanline/framework/optim/optimizer.hpp"
#include "scanline/framework/optim/schedules.hpp"

namespace scanline::optim {

/// A registry of optimizers. An optimizer is made from the parameters to train and a learning rate.
using Optimizers = Registry<Optimizer, std::vector<Tensor>, double>;

/// Returns the rows sgd, adam, adamw and rmsprop. A program may add rows of its own.
Optimizers optimizers();

/// A registry of learning-rate schedules. A schedule is made for a run.
using Schedules = Registry<Schedule, const ScheduleInputs&>;

/// Returns the rows constant, cosine, onecycle, step and plateau. A program may add rows of its
/// own.
Schedules schedules();

}  // namespace scanline::optim
