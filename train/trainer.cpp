#include "scanline/train/trainer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <limits>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/random.hpp"
#include "scanline/framework/ops/elementwise.hpp"

namespace scanline::train {
namespace {

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

void check_total_steps(const optim::Schedule& schedule, Index saved) {
  const Index total = schedule.inputs().total_steps;
  if (saved == total || !schedule.depends_on_total()) return;
  throw Error(fmt::format(
      "its {} schedule{} was computed for {} steps and cannot continue with {} (constant, "
      "step and plateau can, without warm-up)",
      schedule.name(), schedule.inputs().warmup_steps > 0 ? " with warm-up" : "", saved, total));
}

}  // namespace

Trainer::Trainer(const RunLength& length, const Parts& parts)
    : length_(length),
      parts_(parts),
      task_(make_task(parts.network, parts.loss, parts.classes, parts.training)),
      batches_per_epoch_(length.batches_per_epoch(parts.training.batch_count())),
      steps_per_epoch_(length.steps_per_epoch(parts.training.batch_count())),
      total_steps_(length.total_steps(parts.training.batch_count())) {
  progress_.epochs = length.begun_epochs(parts.training.batch_count());
  if (parts.training.division().pieces > 1 || !parts.ranks.is_alone())
    rank_step_.emplace(parts.network, *task_, parts.loss, parts_.ranks, parts.training.division());
}

bool Trainer::run() {
  agree();
  // From the first step on there is a checkpoint, with the weights that the run started from. One
  // that has no step left may have been restored from an older checkpoint than the last.
  if (step_ == 0 || (is_finished() && progress_.batch == 0))
    for (Callback* callback : parts_.callbacks) callback->on_checkpoint(*this);
  // An epoch that was cut short by its last step, but not recorded, is still to be recorded.
  while (!is_finished() || progress_.batch > 0) {
    train_epoch();
    const bool is_complete = is_epoch_complete();
    if (!is_complete) {  // with more steps, or time, the epoch can go on from here
      for (Callback* callback : parts_.callbacks) callback->on_checkpoint(*this);
      if (!is_finished()) return false;
    }
    end_epoch();
    if (!is_complete) break;
    begin_epoch(progress_.epoch + 1);
    agree();
    if (stop_signal() != 0 && !is_finished()) return false;
  }
  swap_weights();
  for (Callback* callback : parts_.callbacks) callback->on_run_end(*this);
  return true;
}

void Trainer::begin_epoch(Index epoch) {
  earlier_seconds_ += progress_.seconds;
  progress_.epoch = epoch;
  progress_.batch = 0;
  progress_.seconds = 0;
  means_ = {};
}

void Trainer::train_epoch() {
  parts_.network.train();
  if (progress_.batch == 0)
    for (Callback* callback : parts_.callbacks) callback->on_epoch_begin(*this);
  progress_.batches = std::min(steps_per_epoch_, total_steps_ - step_ + progress_.batch);
  const auto start = std::chrono::steady_clock::now();
  const double seconds_before = progress_.seconds;
  const auto is_over = [&] { return is_epoch_complete() || is_finished() || stop_signal() != 0; };
  if (is_over()) return;
  for (const datasets::Batch& batch : remaining_batches()) {
    train_step(batch);
    if (step_batches_ > 0) continue;
    progress_.seconds = seconds_before + seconds_since(start);
    for (Callback* callback : parts_.callbacks) callback->on_step_end(*this);
    if (is_over()) break;
  }
}

datasets::Epoch Trainer::remaining_batches() const {
  return parts_.training.epoch(
      progress_.epoch, progress_.batch * length_.accumulate,
      std::min(progress_.batches * length_.accumulate, batches_per_epoch_));
}

void Trainer::train_step(const datasets::Batch& batch) {
  const Index first = progress_.batch * length_.accumulate;
  const Index end = std::min(first + length_.accumulate, batches_per_epoch_);
  if (step_batches_ == 0) {
    parts_.optimizer.zero_grad();
    loss_ = 0;
    if (rank_step_) begin_rank_step();
  }
  const auto images = static_cast<double>(parts_.training.example_count(first, end));
  const double share = static_cast<double>(batch.total) / images;
  const bool is_last = first + ++step_batches_ == end;
  try {
    if (rank_step_)
      rank_step_->add(batch, share, is_last);
    else
      add_gradients(batch, share);
    if (!is_last) return;
    if (rank_step_) finish_rank_step();
  } catch (const dist::RankFailure&) {
    undo_step();
    for (Callback* callback : parts_.callbacks) callback->on_checkpoint(*this);
    throw;
  }
  step_batches_ = 0;
  update_weights();
}

void Trainer::add_gradients(const datasets::Batch& batch, double share) {
  const auto [loss, correct] = task_->run(batch);
  (share == 1 ? loss : loss * share).backward();
  loss_ += share * loss.item();
  means_.add(batch.images.shape()[0], correct, loss.item());
}

void Trainer::finish_rank_step() {
  const RankStep::Result result = rank_step_->finish();
  loss_ = result.loss;
  failed_rank_ = result.failed_rank;
  agreed_ = result.notes;
  const Index first = progress_.batch * length_.accumulate;
  means_.add(parts_.training.example_count(
                 first, std::min(first + length_.accumulate, batches_per_epoch_)),
             result.correct, result.loss);
}

RankStep::Notes Trainer::own_notes() const {
  const bool time_is_up = length_.max_time > 0 && seconds() >= 60 * length_.max_time;
  return {time_is_up || !stop_reason().empty(), parts_.stop.signal()};
}

void Trainer::agree() {
  if (parts_.ranks.is_alone()) return;
  agreed_ = rank_step_->agree(own_notes());
}

void Trainer::begin_rank_step() {
  rank_step_->begin(own_notes());
  if (parts_.ranks.is_alone()) return;
  before_ = {default_random_state(), means_, {}};
  for (const nn::NamedTensor& buffer : parts_.network.named_buffers())
    before_.buffers.push_back(buffer.tensor.value().copy());
}

void Trainer::undo_step() {
  step_batches_ = 0;
  set_default_random_state(before_.random);
  means_ = before_.means;
  std::size_t next = 0;
  for (const nn::NamedTensor& buffer : parts_.network.named_buffers())
    buffer.tensor.value().assign(before_.buffers[next++]);
}

void Trainer::update_weights() {
  for (Callback* callback : parts_.callbacks) callback->on_gradients_ready(*this);  // clips them
  progress_.learning_rate = parts_.schedule.at(step_);
  parts_.optimizer.set_learning_rate(progress_.learning_rate);
  parts_.optimizer.step();
  ++step_;
  ++progress_.batch;
  update_progress();
}

void Trainer::update_progress() {
  progress_.images = means_.images();
  progress_.loss = means_.loss();
  progress_.accuracy = means_.accuracy();
}

void Trainer::end_epoch() {
  EpochFigures figures{
      .epoch = progress_.epoch,
      .train_loss = progress_.loss,
      .train_accuracy = progress_.accuracy,
      .val_loss = {},
      .val_accuracy = {},
      .learning_rate = progress_.learning_rate,
      .seconds = progress_.seconds,
      .images_per_second = static_cast<double>(progress_.images) / progress_.seconds};
  if (parts_.validation.example_count() > 0) {
    swap_weights();
    const Score score = task_->evaluate(
        parts_.validation,
        [this](const EvaluationState& state) {
          for (Callback* callback : parts_.callbacks) callback->on_validation_step(*this, state);
        },
        parts_.ranks);
    swap_weights();
    figures.val_loss = score.loss;
    figures.val_accuracy = score.accuracy();
  }
  parts_.schedule.observe(figures.val_loss.value_or(figures.train_loss));
  for (Callback* callback : parts_.callbacks) callback->on_epoch_end(*this, figures);
}

void Trainer::swap_weights() {
  for (Callback* callback : parts_.callbacks) callback->swap_weights();
}

bool Trainer::is_finished() const {
  const bool is_over = (parts_.ranks.is_alone() ? own_notes() : agreed_).is_over;
  return step_ >= total_steps_ || is_over || length_.finish;
}

int Trainer::stop_signal() const {
  return parts_.ranks.is_alone() ? parts_.stop.signal() : agreed_.signal;
}

std::string Trainer::stop_reason() const {
  for (const Callback* callback : parts_.callbacks)
    if (std::string reason = callback->stop_reason(); !reason.empty()) return reason;
  return {};
}

Index Trainer::last_epoch() const {
  return progress_.batch > 0 ? progress_.epoch : progress_.epoch - 1;
}

void Trainer::state(Archive& archive) {
  constexpr Index any = std::numeric_limits<Index>::max();
  Index total = total_steps_;
  archive.value("trainer.total_steps", total, {1, any});
  check_total_steps(parts_.schedule, total);
  archive.value("trainer.step", step_);
  archive.value("trainer.epoch", progress_.epoch, {1, any});
  archive.value("trainer.batch", progress_.batch, {0, steps_per_epoch_});
  archive.value("trainer.learning_rate", progress_.learning_rate);
  archive.value("trainer.seconds", progress_.seconds);
  archive.value("trainer.earlier_seconds", earlier_seconds_);
  means_.state(archive);
  RandomState random = default_random_state();
  archive.value("random.seed", random.seed);
  archive.value("random.draws", random.draws);
  archive.state_dict("model.", parts_.network);
  archive.state_dict("optimizer.", parts_.optimizer);
  parts_.schedule.state(archive);
  for (Callback* callback : parts_.callbacks) callback->state(archive);
  if (!archive.is_loading()) return;
  set_default_random_state(random);
  update_progress();
  if (is_epoch_complete()) begin_epoch(progress_.epoch + 1);  // it was saved with its validation
}

}  // namespace scanline::train
