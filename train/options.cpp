#include "train/options.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdint>
#include <limits>
#include <vector>

#include "datasets/augment.hpp"
#include "datasets/mnist.hpp"
#include "framework/core/error.hpp"
#include "train/early_stopping.hpp"
#include "train/option_checks.hpp"

namespace scanline::train {
namespace {

constexpr std::uint64_t many = 1'000'000'000;

CLI::Validator at_least(std::uint64_t low) { return whole_number(low, many); }

}  // namespace

const std::vector<std::string>& recipe_options() {
  static const std::vector<std::string> names{
      "model",           "hidden-size", "layers",    "dropout",         "epochs",   "batch-size",
      "test-batch-size", "optimizer",   "lr",        "weight-decay",    "momentum", "beta2",
      "schedule",        "warmup",      "clip-norm", "label-smoothing", "ema",      "augment"};
  return names;
}

std::vector<std::string> recipe_names() { return {"default", "fast", "best"}; }

TrainOptions recipe(const std::string& name) {
  TrainOptions options;
  options.recipe = name;
  if (name == "default") return options;
  if (name == "fast") {
    options.hidden_size = 64;
    options.dropout = 0;
    options.epochs = 6;
    options.learning_rate = 6e-3;
    return options;
  }
  if (name == "best") {
    options.model = "renet";
    options.hidden_size = 32;
    options.layers = 2;
    options.dropout = 0.2;
    options.augment = "elastic";
    return options;
  }
  throw Error(
      fmt::format("there is no recipe '{}'; known are {}", name, fmt::join(recipe_names(), ", ")));
}

void add_train_options(CLI::App& command, TrainOptions& o, const models::Table& table) {
  std::vector<std::string> model_names;
  for (const models::Entry& entry : table) model_names.push_back(entry.name);
  const std::vector<std::string> optimizers{"sgd", "adam", "adamw", "rmsprop"};
  const std::vector<std::string> schedules{"constant", "cosine", "onecycle", "step", "plateau"};

  // An option that is given twice has the later value, so that scripts can append to a command.
  command.option_defaults()->always_capture_default()->multi_option_policy(
      CLI::MultiOptionPolicy::TakeLast);
  command.add_option("--dataset", o.dataset, "What to train on")
      ->check(CLI::IsMember(datasets::names()));
  command.add_option("--data", o.data, "Directory of its files [data/<dataset>]")
      ->check(not_empty());
  command.add_option("--model", o.model, "Kind of classifier")->check(CLI::IsMember(model_names));
  command.add_option("--hidden-size", o.hidden_size, "Units of a hidden layer, for each direction")
      ->transform(whole_number(1, 8192));
  command.add_option("--layers", o.layers, "Hidden layers")->transform(whole_number(1, 100));
  command.add_option("--dropout", o.dropout, "Between recurrent layers and before the head")
      ->check(number_within(0, 0.99));
  command.add_option("--recipe", o.recipe, "Named set of option values")
      ->check(CLI::IsMember(recipe_names()));
  command.add_option("--epochs", o.epochs, "Passes over the training images")
      ->transform(at_least(1));
  command.add_option("--batch-size", o.batch_size, "Images in a training step")
      ->transform(whole_number(1, 1'000'000));
  command.add_option("--test-batch-size", o.test_batch_size, "Images at once in evaluation")
      ->transform(whole_number(1, 1'000'000));
  command.add_option("--optimizer", o.optimizer, "How gradients change the weights")
      ->check(CLI::IsMember(optimizers));
  command.add_option("--lr", o.learning_rate, "Learning rate, at its highest")
      ->check(number_within(0, 1e3, /*low_excluded=*/true));
  command.add_option("--weight-decay", o.weight_decay, "Pull of the weights towards zero")
      ->check(number_within(0, 1e3));
  command.add_option("--momentum", o.momentum, "Of sgd and rmsprop")
      ->check(number_within(0, 0.9999));
  command.add_option("--beta2", o.beta2, "How slowly adam and adamw forget squared gradients")
      ->check(number_within(0, 0.999999));
  command.add_option("--schedule", o.schedule, "How the learning rate goes on")
      ->check(CLI::IsMember(schedules));
  command.add_option("--warmup", o.warmup, "Fraction of all steps in which it rises to --lr")
      ->check(number_within(0, 1));
  command.add_option("--clip-norm", o.clip_norm, "Largest norm of all gradients together; 0: any")
      ->check(number_within(0, 1e9));
  command.add_option("--label-smoothing", o.label_smoothing, "Share of the uniform distribution")
      ->check(number_within(0, 1));
  command.add_option("--ema", o.ema, "Decay of the averaged weights, which are tested; 0: none")
      ->check(number_within(0, 0.999999));
  command.add_option("--augment", o.augment, "Random changes to training images")
      ->check(CLI::IsMember(datasets::augmentation_names()));
  command.add_option("--val-size", o.val_size, "Training images held out for validation; 0: none")
      ->transform(at_least(0));
  command.add_option("--init", o.init, "Start from the weights in this file")->check(not_empty());
  command.add_flag("--no-shuffle", o.no_shuffle, "Take the images in the order of the file");
  command.add_option("--max-steps", o.max_steps, "Updates in the whole run; 0: no limit")
      ->transform(at_least(0));
  command
      .add_option("--limit-train-batches", o.limit_train_batches,
                  "Batches in each epoch; 0: no limit")
      ->transform(at_least(0));
  command
      .add_option("--overfit-batches", o.overfit_batches,
                  "Train on the first so many batches alone, unshuffled; 0: on all")
      ->transform(at_least(0));
  command
      .add_option("--max-time", o.max_time, "Minutes of training after which the run ends; 0: any")
      ->check(number_within(0, 1e6));
  command
      .add_flag("--dry-run", o.dry_run,
                "Only try: one training step, one batch of validation and test; leaves nothing")
      ->configurable(false);
  command.add_option("--seed", o.seed, "Of all that is random")
      ->transform(whole_number(0, std::numeric_limits<std::uint64_t>::max()));
  command.add_option("--threads", o.threads, "Threads to compute with; 0: all cores")
      ->transform(whole_number(0, 1024));
  command
      .add_option("--precision", o.precision,
                  "Of the products in recurrent layers while training; bf16 takes AVX512-BF16")
      ->check(CLI::IsMember({"float32", "bf16"}));
  command.add_option("--out", o.out, "Run directory [runs/<model>-<n>]")
      ->check(not_empty())
      ->configurable(false);
  command.add_flag("--exist-ok", o.exist_ok, "Write into a run directory that is there already")
      ->configurable(false);
  command.add_option("--resume", o.resume, "Go on with the run in this directory")
      ->check(not_empty())
      ->configurable(false);
  command
      .add_flag("--finish", o.finish,
                "With --resume: end the run where it is, with its test, model and report")
      ->configurable(false);
  command.add_option("--config", o.config, "Read options from this TOML file")
      ->check(not_empty())
      ->configurable(false);
  command
      .add_flag("--dump-config", o.dump_config, "Print the options as TOML, and do nothing else")
      ->configurable(false);
  command
      .add_option("--patience", o.patience,
                  "End the run after so many epochs without progress; 0: never")
      ->transform(at_least(0));
  command.add_option("--monitor", o.monitor, "What progress is measured by")
      ->check(CLI::IsMember(EarlyStopping::monitors()));
  command.add_option("--min-delta", o.min_delta, "Smallest change that is progress")
      ->check(number_within(0, 1e9));
  command.add_flag("--test-best", o.test_best,
                   "Test the weights of the epoch that did best on validation, not the last ones");
  command
      .add_option("--save-every", o.save_every,
                  "Steps between checkpoints; 0: only one after each epoch")
      ->transform(at_least(0));
  command.add_option("--keep-last", o.keep_last, "Checkpoints to keep")
      ->transform(whole_number(1, 1000));
  command.add_option("--log-every", o.log_every, "Also log every N-th step; 0: only epochs")
      ->transform(at_least(0));
  command.add_option("--progress", o.progress, "What to show meanwhile, on standard error")
      ->check(CLI::IsMember({"auto", "bar", "plain", "none"}));
  command.add_flag("--quiet", o.quiet, "As --progress none");
  command
      .add_flag("--check-nan,!--no-check-nan", o.check_nan,
                "Stop at the first loss or gradient that is not finite")
      ->default_str(o.check_nan ? "true" : "false");
}

}  // namespace scanline::train
