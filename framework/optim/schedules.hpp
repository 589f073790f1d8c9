#pragma once

#include <limits>

#include "scanline/framework/core/archive.hpp"
#include "scanline/framework/core/shape.hpp"

namespace scanline::optim {

/// What a schedule knows of the run.
struct ScheduleInputs {
  /// The highest learning rate of the run.
  double learning_rate = 1e-3;
  /// Steps of the whole run.
  Index total_steps = 1;
  /// Steps at the beginning in which the learning rate rises.
  Index warmup_steps = 0;
  /// Steps of an epoch.
  Index steps_per_epoch = 1;
};

/// A learning rate for each step of a run. With W warm-up steps, the learning rate of step t < W
/// (counted from 0) is lr * (t + 1) / W. A derived class computes that of the later steps.
class Schedule {
 public:
  /// `name` is the name of the schedule in messages. It must outlive the schedule, as a literal
  /// does.
  /// @throws Error when total_steps or steps_per_epoch is below 1, warmup_steps is negative, or
  ///   learning_rate is negative or not finite.
  Schedule(const char* name, const ScheduleInputs& inputs);
  virtual ~Schedule() = default;
  Schedule(const Schedule&) = delete;
  Schedule& operator=(const Schedule&) = delete;

  /// The learning rate of step t, 0 <= t < total_steps.
  virtual double at(Index t) const;
  /// Receives the validation loss after an epoch, or the training loss where no image is held out
  /// for validation. Most schedules ignore it.
  virtual void observe(double loss);
  /// Whether the learning rate of a step depends on the number of all steps. The run can then not
  /// continue beyond that number.
  virtual bool depends_on_total() const { return inputs_.warmup_steps > 0; }
  /// Saves or loads the state that `observe` changes.
  virtual void state(Archive& archive);

  /// The name of the schedule in messages, such as "cosine".
  const char* name() const { return name_; }
  /// What the schedule knows of the run.
  const ScheduleInputs& inputs() const { return inputs_; }

 protected:
  /// The learning rate `step` steps after the warm-up, counted from 0. By default it is the highest
  /// learning rate.
  virtual double after_warmup(double step) const;

 private:
  const char* name_;
  ScheduleInputs inputs_;
};

/// Keeps the learning rate at its highest value.
class ConstantSchedule : public Schedule {
 public:
  /// @throws Error as Schedule does.
  explicit ConstantSchedule(const ScheduleInputs& inputs) : Schedule("constant", inputs) {}
};

/// The options of a StepSchedule.
struct StepScheduleOptions {
  /// The number of steps after which the learning rate is multiplied by gamma.
  Index step_size = 1;
  /// The factor.
  double gamma = 0.1;
};

/// Multiplies the learning rate by gamma every `step_size` steps, as torch's StepLR does.
class StepSchedule : public Schedule {
 public:
  /// The options.
  using Options = StepScheduleOptions;
  /// @throws Error as Schedule does, and when step_size is below 1, or gamma is negative or not
  ///   finite.
  explicit StepSchedule(const ScheduleInputs& inputs, const Options& options = {});

 private:
  double after_warmup(double step) const override;

  Options options_;
};

/// Lowers the learning rate to 0 along half a cosine, as torch's CosineAnnealingLR does.
class CosineSchedule : public Schedule {
 public:
  /// @throws Error as Schedule does.
  explicit CosineSchedule(const ScheduleInputs& inputs) : Schedule("cosine", inputs) {}

  bool depends_on_total() const override { return true; }

 private:
  double after_warmup(double step) const override;
};

/// Raises the learning rate from 1/25 of the highest, and lowers it to 1/250,000 of it, along
/// cosines, as torch's OneCycleLR does by default. The learning rate rises during the warm-up
/// steps. Without warm-up steps it rises during the first 30 % of the run, as in PyTorch.
class OneCycleSchedule : public Schedule {
 public:
  /// @throws Error as Schedule does.
  explicit OneCycleSchedule(const ScheduleInputs& inputs) : Schedule("onecycle", inputs) {}

  double at(Index t) const override;
  bool depends_on_total() const override { return true; }
};

/// The options of a PlateauSchedule; the defaults are PyTorch's.
struct PlateauScheduleOptions {
  /// The factor by which the learning rate is multiplied.
  double factor = 0.1;
  /// The number of epochs without progress that are tolerated.
  Index patience = 10;
};

/// Lowers the learning rate when a loss no longer falls, as torch's ReduceLROnPlateau does: if for
/// more than `patience` epochs in a row the loss has not been below its best by more than a ten
/// thousandth of the best's absolute value, the learning rate is multiplied by `factor`. (PyTorch
/// takes a ten thousandth of the best, so that it finds progress in any loss that stays negative.)
class PlateauSchedule : public Schedule {
 public:
  /// The options.
  using Options = PlateauScheduleOptions;
  /// @throws Error as Schedule does, and when factor is not from 0 to below 1, or patience is
  ///   negative.
  explicit PlateauSchedule(const ScheduleInputs& inputs, const Options& options = {});

  double at(Index t) const override;
  void observe(double loss) override;
  void state(Archive& archive) override;

 private:
  Options options_;
  double best_ = std::numeric_limits<double>::infinity();  // lowest loss
  Index bad_epochs_ = 0;                                   // in a row that were no better
  double scale_ = 1;                                       // of the learning rate
};

}  // namespace scanline::optim
