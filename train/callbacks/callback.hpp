#pragma once

#include <string>

#include "scanline/framework/core/archive.hpp"
#include "scanline/train/epoch_figures.hpp"
#include "scanline/train/progress.hpp"

namespace scanline::train {

class Trainer;

/// Something that a run does besides training. At each point the trainer calls the functions of all
/// its callbacks, in the order of its list.
class Callback {
 public:
  virtual ~Callback() = default;

  /// Called before the first step of an epoch.
  virtual void on_epoch_begin(Trainer&) {}
  /// Called after the backward pass of each step and before the optimizer's step. The parameters
  /// have their gradients, which may be changed. `Trainer::step` does not count this step yet.
  virtual void on_gradients_ready(Trainer&) {}
  /// Called after each step of the optimizer.
  virtual void on_step_end(Trainer&) {}
  /// After each batch of an epoch's validation.
  virtual void on_validation_step(Trainer&, const EvaluationState&) {}
  /// After the last step of an epoch, which is cut short where the run ends within, and after its
  /// validation. Callbacks that come later in the list see what is changed in the figures.
  virtual void on_epoch_end(Trainer&, EpochFigures&) {}

  /// Called when the run must be resumable: before its first step, and when it stops within an
  /// epoch.
  virtual void on_checkpoint(Trainer&) {}
  /// Called when the run has ended and the network has the weights to be tested.
  virtual void on_run_end(Trainer&) {}

  /// Exchanges the trained weights with those that are to be tested, or back, in a callback that
  /// keeps such weights. Only one callback of a list may do so.
  virtual void swap_weights() {}
  /// The reason for which the run has to end now, as a message for the user, or empty if it can
  /// continue. The trainer calls this before each step.
  virtual std::string stop_reason() const { return {}; }
  /// Saves or loads the state that the callback needs to continue exactly here.
  virtual void state(Archive&) {}
};

}  // namespace scanline::train
