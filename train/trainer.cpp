#include "train/trainer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <nlohmann/json.hpp>

#include "framework/core/error.hpp"
#include "framework/ops/loss.hpp"
#include "framework/optim/adam.hpp"
#include "framework/optim/clip.hpp"
#include "framework/optim/rmsprop.hpp"
#include "framework/optim/sgd.hpp"
#include "train/evaluate.hpp"

namespace scanline::train {
namespace {

using Json = nlohmann::ordered_json;

std::unique_ptr<optim::Optimizer> make_optimizer(const TrainOptions& o,
                                                 const std::vector<Tensor>& parameters) {
  const double lr = o.learning_rate, decay = o.weight_decay;
  if (o.optimizer == "sgd")
    return std::make_unique<optim::Sgd>(
        parameters, lr, optim::Sgd::Options{.momentum = o.momentum, .weight_decay = decay});
  if (o.optimizer == "rmsprop")
    return std::make_unique<optim::RmsProp>(
        parameters, lr, optim::RmsProp::Options{.momentum = o.momentum, .weight_decay = decay});
  if (o.optimizer == "adam")
    return std::make_unique<optim::Adam>(parameters, lr,
                                         optim::Adam::Options{.weight_decay = decay});
  return std::make_unique<optim::AdamW>(parameters, lr,
                                        optim::AdamW::Options{.weight_decay = decay});
}

/// Batches of an epoch, as far as the options let it go.
Index limited(Index batches, Index limit) { return limit > 0 ? std::min(batches, limit) : batches; }

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// How many rows of logits (B, C) are largest at their label.
Index count_correct(const Array& logits, const Array& labels) {
  const Index classes = logits.shape()[1];
  Index correct = 0;
  for (Index i = 0; i < labels.size(); ++i) {
    const float* row = logits.data<float>() + i * classes;
    correct += std::max_element(row, row + classes) - row == labels.data<std::int64_t>()[i] ? 1 : 0;
  }
  return correct;
}

bool all_finite(const Array& values) {
  for (Index i = 0; i < values.size(); ++i)
    if (!std::isfinite(values.at(i))) return false;
  return true;
}

}  // namespace

Trainer::Trainer(const TrainOptions& options, const datasets::ImageDataset& images,
                 const datasets::Split& split, nn::Layer& network,
                 const ModelDescription& description, RunDirectory& directory, Progress& progress)
    : options_(options),
      network_(network),
      description_(description),
      directory_(directory),
      progress_(progress),
      train_loader_(
          images, split.train,
          {.batch_size = options.batch_size, .shuffle = !options.no_shuffle, .seed = options.seed}),
      validation_loader_(images, split.validation, {.batch_size = options.test_batch_size}),
      batches_per_epoch_(limited(train_loader_.batch_count(), options.limit_train_batches)),
      total_steps_(limited(options.epochs * batches_per_epoch_, options.max_steps)),
      parameters_(network.parameters()),
      optimizer_(make_optimizer(options, parameters_)) {
  const double warmup = options.warmup * static_cast<double>(total_steps_);
  schedule_ = {.kind = optim::schedule_kind(options.schedule),
               .learning_rate = options.learning_rate,
               .total_steps = total_steps_,
               .warmup_steps = static_cast<Index>(std::lround(warmup)),
               .step_size = batches_per_epoch_};
  if (schedule_.kind == optim::ScheduleKind::plateau)
    plateau_.emplace(optim::Plateau::Options{.decay = 0.5, .patience = 1});
  if (options.ema > 0) ema_.emplace(parameters_, options.ema);
  state_.epochs = (total_steps_ + batches_per_epoch_ - 1) / batches_per_epoch_;
}

void Trainer::run() {
  while (step_ < total_steps_) {
    train_epoch();
    finish_epoch();
    ++state_.epoch;
  }
  if (ema_) ema_->swap();
}

void Trainer::train_epoch() {
  train_loader_.start_epoch(state_.epoch);
  network_.train();
  state_.batch = state_.images = correct_ = 0;
  state_.batches = std::min(batches_per_epoch_, total_steps_ - step_);
  loss_sum_ = 0;
  const auto start = std::chrono::steady_clock::now();
  while (state_.batch < state_.batches) {
    train_step(train_loader_.batch(state_.batch));
    ++state_.batch;
    state_.seconds = seconds_since(start);
    progress_.update(state_);
  }
}

void Trainer::train_step(const datasets::Batch& batch) {
  const Tensor logits = network_.forward(Tensor(batch.images));
  const Tensor loss = cross_entropy(logits, batch.labels, options_.label_smoothing);
  if (options_.check_nan && !std::isfinite(loss.item()))
    throw Error(fmt::format("step {}: the loss is {}", step_ + 1, loss.item()));
  optimizer_->zero_grad();
  loss.backward();
  const bool clips = options_.clip_norm > 0;
  const double norm = clips ? optim::clip_grad_norm(parameters_, options_.clip_norm) : 0;
  // A gradient that is not finite makes the norm so: while that is finite, none need be looked at.
  if (options_.check_nan && !(clips && std::isfinite(norm))) check_gradients();
  state_.learning_rate = schedule_.at(step_) * (plateau_ ? plateau_->factor() : 1);
  optimizer_->set_learning_rate(state_.learning_rate);
  optimizer_->step();
  if (ema_) ema_->update();
  ++step_;

  const Index images = batch.labels.size();
  state_.images += images;
  correct_ += count_correct(logits.value(), batch.labels);
  loss_sum_ += loss.item() * static_cast<double>(images);
  state_.loss = loss_sum_ / static_cast<double>(state_.images);
  state_.accuracy = static_cast<double>(correct_) / static_cast<double>(state_.images);
  if (options_.log_every > 0 && step_ % options_.log_every == 0)
    directory_.log({{"kind", "step"},
                    {"step", step_},
                    {"epoch", state_.epoch},
                    {"loss", loss.item()},
                    {"learning_rate", state_.learning_rate}});
}

void Trainer::check_gradients() const {
  for (const nn::NamedTensor& parameter : network_.named_parameters())
    if (parameter.tensor.grad().defined() && !all_finite(parameter.tensor.grad()))
      throw Error(
          fmt::format("step {}: the gradient of {} is not finite", step_ + 1, parameter.name));
}

void Trainer::finish_epoch() {
  Json record{{"kind", "epoch"},
              {"epoch", state_.epoch},
              {"train_loss", state_.loss},
              {"train_accuracy", state_.accuracy},
              {"val_loss", nullptr},
              {"val_accuracy", nullptr},
              {"images_per_second", static_cast<double>(state_.images) / state_.seconds},
              {"seconds", state_.seconds}};
  std::string validated;
  if (validation_loader_.example_count() > 0) {
    if (ema_) ema_->swap();
    const Metrics metrics = evaluate(network_, validation_loader_, description_.options.classes);
    record["val_loss"] = metrics.loss();
    record["val_accuracy"] = metrics.accuracy();
    if (plateau_) plateau_->observe(metrics.loss());
    validated =
        fmt::format("  val loss {:.4f} accuracy {:.4f}", metrics.loss(), metrics.accuracy());
    if (metrics.accuracy() > best_accuracy_) {
      best_accuracy_ = metrics.accuracy();
      save_model(directory_.best_file(), network_, description_);
    }
    if (ema_) ema_->swap();
  } else if (plateau_) {
    plateau_->observe(state_.loss);
  }
  directory_.log(record);
  progress_.line(fmt::format(
      "epoch {}/{}  train loss {:.4f} accuracy {:.4f}{}  {:.0f} images/s  {}", state_.epoch,
      state_.epochs, state_.loss, state_.accuracy, validated,
      static_cast<double>(state_.images) / state_.seconds, format_duration(state_.seconds)));
}

}  // namespace scanline::train
