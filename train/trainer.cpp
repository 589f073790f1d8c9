#include "scanline/train/trainer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <cmath>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/random.hpp"
#include "scanline/framework/ops/loss.hpp"
#include "scanline/framework/optim/clip.hpp"
#include "scanline/framework/optim/registry.hpp"
#include "scanline/train/evaluate.hpp"

namespace scanline::train {
namespace {

using Json = nlohmann::ordered_json;

std::unique_ptr<optim::Optimizer> make_optimizer(const TrainOptions& o,
                                                 const std::vector<Tensor>& parameters) {
  const auto chosen = optim::optimizers().find(o.optimizer).choose();
  Fields fields;
  chosen->declare(fields);
  const std::map<std::string, double> values{
      {"weight-decay", o.weight_decay}, {"momentum", o.momentum}, {"beta2", o.beta2}};
  for (const Field& field : fields) field.read(fmt::to_string(values.at(field.name)));
  return chosen->make(parameters, o.learning_rate);
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

/// Adds arrays to others, under names that begin with `prefix`.
void add(NamedArrays& to, const std::string& prefix, const NamedArrays& from) {
  for (const auto& [name, array] : from) to.emplace(prefix + name, array);
}

/// Those whose names begin with `prefix`, without it.
NamedArrays behind(const std::string& prefix, const NamedArrays& all) {
  NamedArrays result;
  for (const auto& [name, array] : all)
    if (name.starts_with(prefix)) result.emplace(name.substr(prefix.size()), array);
  return result;
}

/// JSON has numbers for what is finite only: anything else is written as text.
Json to_json(double value) {
  return std::isfinite(value) ? Json(value) : Json(fmt::to_string(value));
}
/// Reads it back.
double to_double(const Json& value) {
  return value.is_string() ? std::stod(value.get<std::string>()) : value.get<double>();
}

/// The same arrays with elements that nobody else can change.
NamedArrays copies(const NamedArrays& arrays) {
  NamedArrays result;
  for (const auto& [name, array] : arrays) result.emplace(name, array.copy());
  return result;
}

bool all_finite(const Array& values) {
  for (Index i = 0; i < values.size(); ++i)
    if (!std::isfinite(values.at(i))) return false;
  return true;
}

}  // namespace

Trainer::Trainer(const TrainOptions& options, const datasets::Augmentations::Factory& augmentation,
                 const datasets::Dataset& images, const datasets::Split& split, nn::Layer& network,
                 const ModelDescription& description, const RunIdentity& identity,
                 RunDirectory& directory, Progress& progress, const StopRequest& stop)
    : options_(options),
      network_(network),
      description_(description),
      identity_(identity),
      directory_(directory),
      progress_(progress),
      stop_(stop),
      train_loader_(images, split.train,
                    {.batch_size = options.batch_size,
                     .shuffle = !options.no_shuffle,
                     .seed = options.seed,
                     .normalization = {description.mean, description.standard_deviation},
                     .augment = augmentation.make()}),
      validation_loader_(images, split.validation,
                         {.batch_size = options.test_batch_size,
                          .normalization = {description.mean, description.standard_deviation}}),
      batches_per_epoch_(limited(train_loader_.batch_count(), options.limit_train_batches)),
      total_steps_(limited(options.epochs * batches_per_epoch_, options.max_steps)),
      parameters_(network.parameters()),
      optimizer_(make_optimizer(options, parameters_)),
      stopping_(options.monitor, options.patience, options.min_delta) {
  const double warmup = options.warmup * static_cast<double>(total_steps_);
  schedule_ = optim::schedules()
                  .find(options.schedule)
                  .choose()
                  ->make({.learning_rate = options.learning_rate,
                          .total_steps = total_steps_,
                          .warmup_steps = static_cast<Index>(std::lround(warmup)),
                          .steps_per_epoch = batches_per_epoch_});
  if (options.ema > 0) ema_.emplace(parameters_, options.ema);
  state_.epochs = (total_steps_ + batches_per_epoch_ - 1) / batches_per_epoch_;
}

bool Trainer::run() {
  // From the first step on there is a checkpoint, with the weights that the run started from. One
  // that has no step left may have been restored from an older checkpoint than the last.
  if (step_ == 0 || (is_finished() && state_.batch == 0)) save_checkpoint();
  // An epoch that was cut short by its last step, but not recorded, is still to be recorded.
  while (!is_finished() || state_.batch > 0) {
    train_epoch();
    const bool is_whole = state_.batch == batches_per_epoch_;
    if (!is_whole) save_checkpoint();  // with more steps, or time, the epoch can go on from here
    if (!is_whole && !is_finished()) return false;
    const std::string summary = finish_epoch();
    if (is_whole) {
      begin_epoch(state_.epoch + 1);
      save_checkpoint();
    }
    progress_.line(summary);  // which nobody may be able to read any more
    if (!is_whole) break;
    if (stopping_.should_stop())
      progress_.line(fmt::format("stopped early: {} has not improved for {} epoch{}",
                                 options_.monitor, options_.patience,
                                 options_.patience == 1 ? "" : "s"));
    if (stop_.signal() != 0 && !is_finished()) return false;
  }
  if (options_.test_best && best_epoch_ > 0)
    network_.load_state_dict(best_weights_);
  else if (ema_)
    ema_->swap();
  return true;
}

bool Trainer::is_finished() const {
  return step_ >= total_steps_ || stopping_.should_stop() || time_is_up() || options_.finish;
}

Index Trainer::last_epoch() const { return state_.batch > 0 ? state_.epoch : state_.epoch - 1; }

bool Trainer::time_is_up() const {
  return options_.max_time > 0 && seconds() >= 60 * options_.max_time;
}

void Trainer::begin_epoch(Index epoch) {
  earlier_seconds_ += state_.seconds;
  state_.epoch = epoch;
  state_.batch = state_.images = correct_ = 0;
  state_.seconds = loss_sum_ = 0;
}

void Trainer::train_epoch() {
  network_.train();
  state_.batches = std::min(batches_per_epoch_, total_steps_ - step_ + state_.batch);
  const auto start = std::chrono::steady_clock::now();
  const double seconds_before = state_.seconds;
  const auto is_over = [&] {
    return state_.batch == batches_per_epoch_ || is_finished() || stop_.signal() != 0;
  };
  if (is_over()) return;
  for (const datasets::Batch& batch : train_loader_.epoch(state_.epoch, state_.batch)) {
    train_step(batch);
    ++state_.batch;
    state_.seconds = seconds_before + seconds_since(start);
    progress_.update(state_);
    if (options_.save_every > 0 && step_ % options_.save_every == 0 &&
        state_.batch < batches_per_epoch_)
      save_checkpoint();
    if (is_over()) break;
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
  state_.learning_rate = schedule_->at(step_);
  optimizer_->set_learning_rate(state_.learning_rate);
  optimizer_->step();
  if (ema_) ema_->update();
  ++step_;

  const Index images = batch.labels.size();
  state_.images += images;
  correct_ += count_correct(logits.value(), batch.labels);
  loss_sum_ += loss.item() * static_cast<double>(images);
  update_means();
  if (options_.log_every > 0 && step_ % options_.log_every == 0)
    directory_.log().append({{"kind", "step"},
                             {"step", step_},
                             {"epoch", state_.epoch},
                             {"loss", loss.item()},
                             {"learning_rate", state_.learning_rate}});
}

void Trainer::update_means() {
  const auto images = static_cast<double>(std::max<Index>(state_.images, 1));
  state_.loss = loss_sum_ / images;
  state_.accuracy = static_cast<double>(correct_) / images;
}

void Trainer::check_gradients() const {
  for (const nn::NamedTensor& parameter : network_.named_parameters())
    if (parameter.tensor.grad().defined() && !all_finite(parameter.tensor.grad()))
      throw Error(
          fmt::format("step {}: the gradient of {} is not finite", step_ + 1, parameter.name));
}

// The averages count parameters, and a checkpoint names them.
NamedArrays Trainer::by_parameter(const NamedArrays& averages) const {
  const std::vector<nn::NamedTensor> parameters = network_.named_parameters();
  NamedArrays result;
  for (const auto& [key, array] : averages) {
    const bool is_number = std::isdigit(static_cast<unsigned char>(key.front())) != 0;
    result.emplace(is_number ? parameters.at(std::stoul(key)).name : key, array);
  }
  return result;
}

NamedArrays Trainer::by_number(const NamedArrays& averages) const {
  const std::vector<nn::NamedTensor> parameters = network_.named_parameters();
  NamedArrays result = averages;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    auto average = result.extract(parameters[i].name);
    if (average.empty()) continue;
    average.key() = fmt::to_string(i);
    result.insert(std::move(average));
  }
  return result;
}

void Trainer::save_checkpoint() const {
  io::Safetensors content;
  add(content.tensors, "model.", network_.state_dict());
  add(content.tensors, "optimizer.", optimizer_->state_dict());
  if (ema_) add(content.tensors, "ema.", by_parameter(ema_->state_dict()));
  add(content.tensors, "best.", best_weights_);
  const RandomState random = default_random_state();
  Json facts{{"step", step_},
             {"total_steps", total_steps_},
             {"epoch", state_.epoch},
             {"batch", state_.batch},
             {"images", state_.images},
             {"correct", correct_},
             {"loss_sum", to_json(loss_sum_)},
             {"learning_rate", state_.learning_rate},
             {"seconds", state_.seconds},
             {"earlier_seconds", earlier_seconds_},
             {"best_epoch", best_epoch_},
             {"best_accuracy", best_accuracy_},
             {"best_loss", to_json(best_loss_)},
             {"stopping_best", to_json(stopping_.state().best)},
             {"stopping_bad_epochs", stopping_.state().bad_epochs},
             {"random_seed", random.seed},
             {"random_draws", random.draws}};
  Archive archive;
  schedule_->state(archive);
  facts["schedule"] = archive.values();
  content.metadata = {{"trainer", facts.dump()},
                      {"run", identity_.to_text()},
                      {"description", nlohmann::json(to_metadata(description_)).dump()}};
  directory_.save_checkpoint(std::move(content), options_.keep_last);
}

void Trainer::restore(const std::filesystem::path& file, const io::Safetensors& checkpoint) {
  try {
    identity_.check(checkpoint.metadata.at("run"));
    const Json facts = Json::parse(checkpoint.metadata.at("trainer"));
    const auto count = [&](const char* name, Index low, Index high) {
      const auto value = facts.at(name).get<Index>();
      if (value < low || value > high) throw std::out_of_range(name);
      return value;
    };
    constexpr Index any = std::numeric_limits<Index>::max();
    const Index total = count("total_steps", 1, any);
    if (total != total_steps_ && schedule_->depends_on_total())
      throw Error(fmt::format(
          "its {} schedule{} was laid out over {} steps and cannot go on over {} (constant, step "
          "and plateau can, without warm-up)",
          schedule_->name(), schedule_->inputs().warmup_steps > 0 ? " with warm-up" : "", total,
          total_steps_));
    best_epoch_ = count("best_epoch", 0, any);
    best_accuracy_ = facts.at("best_accuracy").get<double>();
    best_loss_ = to_double(facts.at("best_loss"));
    best_weights_ = copies(behind("best.", checkpoint.tensors));
    network_.load_state_dict(behind("model.", checkpoint.tensors));
    optimizer_->load_state_dict(behind("optimizer.", checkpoint.tensors));
    if (ema_) ema_->load_state_dict(by_number(behind("ema.", checkpoint.tensors)));
    step_ = count("step", 0, any);
    state_.epoch = count("epoch", 1, any);
    state_.batch = count("batch", 0, batches_per_epoch_);
    state_.images = count("images", 0, any);
    correct_ = count("correct", 0, any);
    loss_sum_ = to_double(facts.at("loss_sum"));
    state_.learning_rate = facts.at("learning_rate").get<double>();
    state_.seconds = facts.at("seconds").get<double>();
    earlier_seconds_ = facts.at("earlier_seconds").get<double>();
    stopping_.set_state({.best = to_double(facts.at("stopping_best")),
                         .bad_epochs = count("stopping_bad_epochs", 0, any)});
    Archive archive(facts.at("schedule").get<Settings>(), {});
    schedule_->state(archive);
    set_default_random_state({.seed = facts.at("random_seed").get<std::uint64_t>(),
                              .draws = facts.at("random_draws").get<std::uint64_t>()});
    update_means();
  } catch (const Error& error) {
    throw Error(fmt::format("{}: {}", file.string(), error.what()));
  } catch (const std::exception&) {
    throw Error(fmt::format("{}: expected the state of a training run, found something else",
                            file.string()));
  }
}

std::string Trainer::finish_epoch() {
  Json record{{"kind", "epoch"},
              {"epoch", state_.epoch},
              {"train_loss", state_.loss},
              {"train_accuracy", state_.accuracy},
              {"val_loss", nullptr},
              {"val_accuracy", nullptr},
              {"images_per_second", static_cast<double>(state_.images) / state_.seconds},
              {"seconds", state_.seconds},
              {"learning_rate", state_.learning_rate}};
  std::string validated;
  if (validation_loader_.example_count() > 0) {
    if (ema_) ema_->swap();
    const Metrics metrics = evaluate(network_, validation_loader_, description_.task.classes);
    record["val_loss"] = metrics.loss();
    record["val_accuracy"] = metrics.accuracy();
    schedule_->observe(metrics.loss());
    validated =
        fmt::format("  val loss {:.4f} accuracy {:.4f}", metrics.loss(), metrics.accuracy());
    if (is_better(metrics.accuracy(), metrics.loss(), best_accuracy_, best_loss_)) {
      best_accuracy_ = metrics.accuracy();
      best_loss_ = metrics.loss();
      best_epoch_ = state_.epoch;
      best_weights_ = copies(network_.state_dict());
      save_model(directory_.best_file(), network_, description_);
    }
    if (ema_) ema_->swap();
  } else {
    schedule_->observe(state_.loss);
  }
  if (const Json& monitored = record.at(options_.monitor); !monitored.is_null())
    stopping_.observe(monitored.get<double>());
  directory_.log().append(record);
  return fmt::format("epoch {}/{}  train loss {:.4f} accuracy {:.4f}{}  {:.0f} images/s  {}",
                     state_.epoch, state_.epochs, state_.loss, state_.accuracy, validated,
                     static_cast<double>(state_.images) / state_.seconds,
                     format_duration(state_.seconds));
}

void Trainer::restore_files(const io::Safetensors& checkpoint) {
  directory_.log().restore(checkpoint);
  if (best_epoch_ == 0) {
    std::error_code ignored;
    std::filesystem::remove(directory_.best_file(), ignored);
    return;
  }
  const NamedArrays weights = copies(network_.state_dict());
  network_.load_state_dict(best_weights_);
  save_model(directory_.best_file(), network_, description_);
  network_.load_state_dict(weights);
}

}  // namespace scanline::train
