#include "scanline/train/options.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdint>
#include <limits>
#include <vector>

#include "scanline/datasets/augment.hpp"
#include "scanline/datasets/mnist.hpp"
#include "scanline/framework/core/error.hpp"
#include "scanline/train/detail/option_checks.hpp"
#include "scanline/train/early_stopping.hpp"

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

namespace {

/// Options that are declared from now on are listed under this heading.
void begin_group(CLI::App& command, const char* heading) {
  command.option_defaults()->group(heading);
}

void add_data_options(CLI::App& command, TrainOptions& o) {
  begin_group(command, "Data");
  command.add_option("--dataset", o.dataset, "Dataset to train on")
      ->check(one_of(datasets::names()));
  command.add_option("--data", o.data, "Directory with the dataset's files [data/<dataset>]")
      ->check(not_empty());
  command.add_option("--val-size", o.val_size, "Training images held out for validation; 0: none")
      ->transform(at_least(0));
  command.add_option("--augment", o.augment, "Augmentation of training images")
      ->check(one_of(datasets::augmentation_names()));
  command.add_flag("--no-shuffle", o.no_shuffle, "Keep the order of the training images");
}

void add_model_options(CLI::App& command, TrainOptions& o, const models::Table& table) {
  std::vector<std::string> names;
  for (const models::Entry& entry : table) names.push_back(entry.name);
  begin_group(command, "Model");
  command.add_option("--model", o.model, "Model to train")->check(one_of(names));
  command.add_option("--hidden-size", o.hidden_size, "Hidden units per direction")
      ->transform(whole_number(1, 8192));
  command.add_option("--layers", o.layers, "Hidden layers")->transform(whole_number(1, 100));
  command.add_option("--dropout", o.dropout, "Dropout between layers and before the head")
      ->check(number_within(0, 0.99));
  command.add_option("--init", o.init, "Model file with the initial weights")->check(not_empty());
}

void add_optimization_options(CLI::App& command, TrainOptions& o) {
  begin_group(command, "Optimization");
  command.add_option("--recipe", o.recipe, "Named set of option values")
      ->check(one_of(recipe_names()));
  command.add_option("--epochs", o.epochs, "Epochs to train for")->transform(at_least(1));
  command.add_option("--batch-size", o.batch_size, "Images per training step")
      ->transform(whole_number(1, 1'000'000));
  command.add_option("--test-batch-size", o.test_batch_size, "Images per batch in evaluation")
      ->transform(whole_number(1, 1'000'000));
  command.add_option("--optimizer", o.optimizer, "Optimizer")
      ->check(one_of({"sgd", "adam", "adamw", "rmsprop"}));
  command.add_option("--lr", o.learning_rate, "Peak learning rate")
      ->check(number_within(0, 1e3, /*low_excluded=*/true));
  command.add_option("--weight-decay", o.weight_decay, "Weight decay")
      ->check(number_within(0, 1e3));
  command.add_option("--momentum", o.momentum, "Momentum (sgd, rmsprop)")
      ->check(number_within(0, 0.9999));
  command.add_option("--beta2", o.beta2, "Decay of the average of squared gradients (adam, adamw)")
      ->check(number_within(0, 0.999999));
  command.add_option("--schedule", o.schedule, "Learning-rate schedule")
      ->check(one_of({"constant", "cosine", "onecycle", "step", "plateau"}));
  command
      .add_option("--warmup", o.warmup, "Fraction of all steps in which the learning rate rises")
      ->check(number_within(0, 1));
  command
      .add_option("--clip-norm", o.clip_norm, "Clip the global gradient norm to this value; 0: off")
      ->check(number_within(0, 1e9));
  command.add_option("--label-smoothing", o.label_smoothing, "Label smoothing; 0: off")
      ->check(number_within(0, 1));
  command
      .add_option("--ema", o.ema,
                  "Decay of the moving average of the weights, which is tested; 0: off")
      ->check(number_within(0, 0.999999));
  command
      .add_option("--precision", o.precision,
                  "Precision of matrix products in recurrent layers during training; bf16 needs "
                  "AVX512-BF16")
      ->check(one_of({"float32", "bf16"}));
  command
      .add_option("--patience", o.patience,
                  "Stop after this many epochs without improvement; 0: off")
      ->transform(at_least(0));
  command.add_option("--monitor", o.monitor, "Metric that has to improve for --patience")
      ->check(one_of(EarlyStopping::monitors()));
  command.add_option("--min-delta", o.min_delta, "Smallest change that counts as an improvement")
      ->check(number_within(0, 1e9));
  command.add_flag("--test-best", o.test_best,
                   "Test the weights that did best on validation instead of the last ones");
}

void add_run_options(CLI::App& command, TrainOptions& o) {
  begin_group(command, "Run");
  command.add_option("--seed", o.seed, "Random seed")
      ->transform(whole_number(0, std::numeric_limits<std::uint64_t>::max()));
  command.add_option("--threads", o.threads, "Threads; 0: all cores")
      ->transform(whole_number(0, 1024));
  command.add_option("--out", o.out, "Run directory [runs/<model>-<n>]")
      ->check(not_empty())
      ->configurable(false);
  command.add_flag("--exist-ok", o.exist_ok, "Overwrite an existing run directory")
      ->configurable(false);
  command.add_option("--resume", o.resume, "Resume the run in this directory")
      ->check(not_empty())
      ->configurable(false);
  command
      .add_flag("--finish", o.finish,
                "With --resume: end the run where it is, with its test, model and report")
      ->configurable(false);
  command
      .add_option("--config", o.config,
                  "Read options from this TOML file, or from that of a run directory")
      ->check(not_empty())
      ->configurable(false);
  command.add_flag("--dump-config", o.dump_config, "Print the resolved options as TOML and exit")
      ->configurable(false);
}

void add_output_options(CLI::App& command, TrainOptions& o) {
  begin_group(command, "Output");
  command
      .add_option("--save-every", o.save_every,
                  "Steps between checkpoints; 0: only one after each epoch")
      ->transform(at_least(0));
  command.add_option("--keep-last", o.keep_last, "Checkpoints to keep")
      ->transform(whole_number(1, 1000));
  command.add_option("--log-every", o.log_every, "Log every N-th step; 0: only epochs")
      ->transform(at_least(0));
  command.add_option("--progress", o.progress, "Progress on standard error")
      ->check(one_of({"auto", "bar", "plain", "none"}));
  command.add_flag("--quiet", o.quiet, "The same as --progress none");
}

void add_experiment_options(CLI::App& command, TrainOptions& o) {
  begin_group(command, "Experiments");
  command
      .add_flag("--dry-run", o.dry_run,
                "Try one training step and one batch of validation and test; leave no files")
      ->configurable(false);
  command.add_option("--max-steps", o.max_steps, "Steps in the whole run; 0: no limit")
      ->transform(at_least(0));
  command.add_option("--max-time", o.max_time, "Minutes of training; 0: no limit")
      ->check(number_within(0, 1e6));
  command
      .add_option("--limit-train-batches", o.limit_train_batches, "Batches per epoch; 0: no limit")
      ->transform(at_least(0));
  command
      .add_option("--overfit-batches", o.overfit_batches,
                  "Train only on the first N batches, without shuffling; 0: off")
      ->transform(at_least(0));
  command
      .add_flag("--check-nan,!--no-check-nan", o.check_nan,
                "Stop at the first loss or gradient that is not finite")
      ->default_str(o.check_nan ? "true" : "false");
}

}  // namespace

void add_train_options(CLI::App& command, TrainOptions& options, const models::Table& table) {
  // An option that is given twice has the later value, so that scripts can append to a command.
  command.option_defaults()->always_capture_default()->multi_option_policy(
      CLI::MultiOptionPolicy::TakeLast);
  add_data_options(command, options);
  add_model_options(command, options, table);
  add_optimization_options(command, options);
  add_run_options(command, options);
  add_output_options(command, options);
  add_experiment_options(command, options);
}

}  // namespace scanline::train
