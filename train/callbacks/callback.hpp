#pragma once

#include <string>

#include "scanline/framework/core/archive.hpp"
#include "scanline/train/epoch_figures.hpp"
#include "scanline/train/progress.hpp"

namespace scanline::train {

class Trainer;

/// What a run does besides training. The trainer calls each point of all its callbacks, in the
/// order of its list.
class Callback {
 public:
  virtual ~Callback() = default;

  /// Before the first step of an epoch.
  virtual void on_epoch_begin(Trainer&) {}
  /// After the backward pass of each step and before the optimizer's step: the parameters have
  /// their gradients, which may be changed. `Trainer::step` does not count this step yet.
  virtual void on_gradients_ready(Trainer&) {}
  /// After each step of the optimizer.
  virtual void on_step_end(Trainer&) {}
  /// After each batch of an epoch's validation.
  virtual void on_validation_step(Trainer&, const EvaluationState&) {}
  /// After the last step of an epoch, which is cut short where the run ends within, and after its
  /// validation. Callbacks that come later in the list see what is changed in the figures.
  virtual void on_epoch_end(Trainer&, EpochFigures&) {}

  /// The run must be resumable from here: before its first step, and where it stops within an
  /// epoch.
  virtual void on_checkpoint(Trainer&) {}
  /// The run has ended, and the network has the weights to be tested.
  virtual void on_run_end(Trainer&) {}

  /// Exchanges the weights that are trained with those that are to be tested, and back, in a
  /// callback that keeps such weights. Of a list, one callback may do so.
  virtual void swap_weights() {}
  /// Why the run has to end now, in words for the user; empty: it need not. It is asked before each
  /// step.
  virtual std::string stop_reason() const { return {}; }
  /// Saves or loads what the callback needs to continue exactly here.
  virtual void state(Archive&) {}
};

}  // namespace scanline::train
