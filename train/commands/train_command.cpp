#include "scanline/train/commands/train_command.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <cmath>
#include <csignal>
#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <system_error>
#include <utility>

#include "scanline/datasets/loader.hpp"
#include "scanline/datasets/registry.hpp"
#include "scanline/datasets/split.hpp"
#include "scanline/framework/autograd/grad_mode.hpp"
#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/parallel.hpp"
#include "scanline/framework/core/random.hpp"
#include "scanline/framework/core/storage.hpp"
#include "scanline/framework/io/checkpoint.hpp"
#include "scanline/framework/ops/precision.hpp"
#include "scanline/train/config.hpp"
#include "scanline/train/evaluate.hpp"
#include "scanline/train/model_file.hpp"
#include "scanline/train/progress.hpp"
#include "scanline/train/report/report.hpp"
#include "scanline/train/run_directory.hpp"
#include "scanline/train/run_identity.hpp"
#include "scanline/train/standard_streams.hpp"
#include "scanline/train/training.hpp"

namespace scanline::train {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

/// A directory of its own for a run that shall leave nothing.
class ScratchDirectory {
 public:
  ScratchDirectory() {
    std::error_code error;
    const fs::path parent = fs::temp_directory_path(error);
    if (error)
      throw Error(fmt::format("TMPDIR: expected a directory for temporary files, found none: {}",
                              error.message()));
    path_ = (parent / "scanline-XXXXXX").string();
    if (mkdtemp(path_.data()) == nullptr)
      throw Error(fmt::format("{}: cannot make the directory", path_));
  }
  ~ScratchDirectory() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// Takes the trainer to the newest checkpoint that is not damaged. Returns its content; nothing
/// where there is no checkpoint.
std::optional<io::Safetensors> restore(Training& training, const RunDirectory& directory) {
  const std::vector<fs::path> files = directory.checkpoint_files();
  for (std::size_t i = 0; i < files.size(); ++i) {
    io::Safetensors content;
    try {
      content = io::read_checkpoint(files[i]);
    } catch (const Error& error) {
      const bool is_oldest = i + 1 == files.size();
      say(fmt::format("note: {}{}", error.what(),
                      is_oldest ? "" : "; the checkpoint before it is used"));
      continue;
    }
    training.restore(files[i], content);
    return content;
  }
  if (!files.empty())
    throw Error(fmt::format("{}: all of its checkpoints are damaged", directory.path().string()));
  // Nothing would say whether the model that is there came of the same options and data.
  std::error_code error;
  if (fs::exists(directory.model_file(), error))
    throw Error(fmt::format("{}: expected a checkpoint to resume from, found a model only",
                            directory.path().string()));
  say(fmt::format("note: {}: there is no checkpoint, so the run starts from the beginning",
                  directory.path().string()));
  return {};
}

/// Lines that say what was tested, and how sure the result is, each of at most 80 columns unless
/// the directory has a long name.
std::vector<std::string> summary(const Trainer& trainer, const KeepBest& kept,
                                 const TrainOptions& options, const Metrics& metrics,
                                 const fs::path& directory) {
  const Index last = trainer.last_epoch(), best = kept.epoch();
  const std::string best_figures =
      fmt::format("epoch {} (validation accuracy {:.4f})", best, kept.accuracy());
  std::vector<std::string> lines;
  if (options.best.test_best) {
    lines.push_back(fmt::format("tested the weights of {}, the best of {}", best_figures, last));
  } else {
    lines.push_back(fmt::format("tested the {}weights after the last step, in epoch {}",
                                options.averaging.ema > 0 ? "averaged " : "", last));
    if (best > 0 && best != last)
      lines.push_back(
          fmt::format("the best epoch on validation, not tested, was {}", best_figures));
  }
  const Interval interval = confidence_interval(metrics.correct(), metrics.total());
  lines.push_back(fmt::format("95 % confidence interval of the test accuracy: {:.4f} to {:.4f}",
                              interval.low, interval.high));
  lines.push_back(fmt::format("trained for {}; model, plots and report are in {}",
                              format_duration(trainer.seconds()), directory.string()));
  return lines;
}

/// The options of a run that only shows that everything fits together.
TrainOptions dry(TrainOptions options, const std::string& directory) {
  options.length.epochs = options.length.max_steps = 1;
  options.out = directory;
  options.exist_ok = true;
  return options;
}

/// The images of a run, and which of them serve for what.
struct Data {
  std::string directory;
  datasets::Dataset images, test_images;
  datasets::Split split;              // of the former
  std::vector<Index> test_positions;  // in the latter
  datasets::Normalization normalization;
};

Data load_data(const TrainOptions& options, const datasets::Sources::Factory& dataset) {
  const std::unique_ptr<datasets::Source> source = dataset.make({options.data, {}});
  Data data{.directory = source->directory().string(),
            .images = source->load(datasets::Part::train),
            .test_images = source->load(datasets::Part::test),
            .split = {},
            .test_positions = {},
            .normalization = {}};
  data.split = datasets::stratified_split(
      data.images, datasets::validation_count(options.val_size, data.images.count));
  const std::optional<datasets::Normalization> known = source->normalization();
  data.normalization =
      known ? *known : datasets::measure_normalization(data.images, data.split.train);
  data.test_positions = datasets::all_positions(data.test_images);
  const auto limit = [](std::vector<Index>& positions, Index count) {
    positions.resize(std::min(positions.size(), static_cast<std::size_t>(count)));
  };
  if (options.overfit_batches > 0)
    limit(data.split.train, options.overfit_batches * options.batch_size);
  if (options.dry_run) {
    limit(data.split.validation, options.test_batch_size);
    limit(data.test_positions, options.test_batch_size);
  }
  return data;
}

ModelDescription describe(const RunOptions& run, const Data& data) {
  const datasets::Dataset& images = data.images;
  return {.model = run.common().model,
          .task = {.rows = images.rows,
                   .columns = images.columns,
                   .classes = static_cast<Index>(images.class_names.size())},
          .options = run.options_of<models::Registry>(),
          .class_names = images.class_names,
          .dataset = images.name,
          .mean = data.normalization.mean,
          .standard_deviation = data.normalization.standard_deviation,
          .seed = run.common().seed,
          .version = SCANLINE_VERSION};
}

/// @throws Error for options that do not go together.
void check_options(const TrainOptions& options, const datasets::Split& split) {
  if (options.stopping.patience > 0 && options.stopping.monitor.starts_with("val_") &&
      split.validation.empty())
    throw Error(fmt::format("--monitor {}: expected images for validation, found --val-size 0",
                            options.stopping.monitor));
  if (options.best.test_best && split.validation.empty())
    throw Error("--test-best: expected images for validation, found --val-size 0");
  if (options.length.finish && options.resume.empty())
    throw Error("--finish: expected a run to finish, found no --resume");
}

/// Tests the trained network, and leaves model, pictures and the record of the test in the run
/// directory. Returns the metrics.
Metrics test_and_report(nn::Layer& network, const ModelDescription& description, const Data& data,
                        const TrainOptions& options, const std::string& config,
                        RunDirectory& directory) {
  save_model(directory.model_file(), network, description);
  const datasets::Loader loader(
      data.test_images, data.test_positions,
      {.batch_size = options.test_batch_size, .normalization = data.normalization});
  const Answers answers = answer_all(network, loader, description.task.classes);
  Metrics metrics(description.task.classes);
  metrics.add(answers.logits, answers.labels);
  // Before the record of the test, with which a run counts as finished.
  write_report(directory.path(), {.description = description,
                                  .network = network,
                                  .config = config,
                                  .epochs = directory.log().epochs(),
                                  .test_images = data.test_images,
                                  .answers = answers});
  directory.finish({{"kind", "test"},
                    {"accuracy", metrics.accuracy()},
                    {"loss", metrics.loss()},
                    {"correct", metrics.correct()},
                    {"total", metrics.total()}});
  return metrics;
}

/// @throws Error unless the network has parameters to train, and a logit for each class.
void check_network(nn::Layer& network, const ModelDescription& description) {
  if (network.parameter_count() == 0)
    throw Error(fmt::format("{}: expected a model with parameters to train, found none",
                            description.model));
  const RandomState random = default_random_state();
  const models::ImageTask& task = description.task;
  const NoGrad no_grad;
  network.eval();
  const Shape shape =
      network.forward(Tensor(Array::zeros({1, task.rows, task.columns}, DType::float32))).shape();
  network.train();
  set_default_random_state(random);
  if (shape != Shape{1, task.classes})
    throw Error(fmt::format("{}: expected logits of shape {} for one image, found {}",
                            description.model, to_string(Shape{1, task.classes}),
                            to_string(shape)));
}

/// Makes the network. @throws Error when it does not fit the data, or training it would take more
///   memory than the machine has.
std::unique_ptr<nn::Layer> make_network(const models::Registry::Factory& model,
                                        const ModelDescription& description) {
  constexpr double gigabyte = 1e9;
  const double memory = static_cast<double>(sysconf(_SC_PHYS_PAGES)) *
                        static_cast<double>(sysconf(_SC_PAGE_SIZE)) / gigabyte;
  const RandomState random = default_random_state();
  const Index parameters = [&] {
    const LazyStorage lazy;
    return model.make(description.task)->parameter_count();
  }();
  set_default_random_state(random);
  // The weight, its gradient and two averages of the optimizer, in float32.
  const double needed = 16 * static_cast<double>(parameters) / gigabyte;
  if (needed > memory) {
    std::vector<std::string> options;
    for (const auto& [name, value] : description.options)
      options.push_back(fmt::format("--{} {}", name, value));
    throw Error(
        fmt::format("{} with {}: expected a network whose training fits into the {:.1f} GB of this "
                    "machine, found one of {} parameters, which takes {:.1f} GB",
                    description.model, fmt::join(options, ", "), memory, parameters, needed));
  }
  std::unique_ptr<nn::Layer> network = model.make(description.task);
  check_network(*network, description);
  return network;
}

/// Trains, tests and reports. `config` is what config.toml shall hold.
int train(const RunOptions& run, const std::string& config) {
  const TrainOptions& wanted = run.common();
  std::optional<ScratchDirectory> scratch;
  if (wanted.dry_run) scratch.emplace();
  TrainOptions options = scratch ? dry(wanted, scratch->path()) : wanted;
  if (options.overfit_batches > 0) options.no_shuffle = true;
  if (options.threads > 0) set_thread_count(options.threads);
  set_training_precision(options.precision == "bf16" ? Precision::bf16 : Precision::float32);
  set_default_random_state({.seed = options.seed});

  const Data data = load_data(options, run.factory<datasets::Sources>());
  check_options(options, data.split);
  const ModelDescription description = describe(run, data);
  const std::unique_ptr<nn::Layer> network =
      make_network(run.factory<models::Registry>(), description);
  const RunIdentity identity(run.fields(), data.directory, data.images, data.test_images);

  const bool resumes = !options.resume.empty();
  std::optional<RunDirectory> resumed;
  if (resumes) resumed.emplace(RunDirectory::open(options.resume));
  // A checkpoint holds all weights; the file that the first ones came from may be gone.
  if (!options.init.empty() && !(resumes && !resumed->checkpoint_files().empty()))
    load_weights(options.init, *network);
  RunDirectory directory =
      resumes ? std::move(*resumed)
              : RunDirectory::make(options.out, options.model, options.exist_ok, config);
  const StopRequest stop;
  Progress progress(options.quiet ? ProgressKind::none : progress_kind(options.progress));
  Training training(run, options, data.images, data.split, *network, description, identity,
                    directory, progress, stop);
  Trainer& trainer = training.trainer();
  const std::optional<io::Safetensors> checkpoint =
      resumes ? restore(training, directory) : std::nullopt;
  if (checkpoint && trainer.is_finished()) {
    if (const std::optional<Json> tested = directory.test_record(*checkpoint)) {
      const Json& loss = tested->at("loss");  // null stands for one that is not finite
      fmt::print("{}\n", result_line("test", tested->at("correct").get<Index>(),
                                     tested->at("total").get<Index>(),
                                     loss.is_null() ? NAN : loss.get<double>()));
      return 0;
    }
  }
  if (options.length.finish && trainer.step() == 0)
    throw Error(fmt::format("{}: expected a run with at least one step to finish, found none",
                            directory.path().string()));
  if (resumes) {
    if (checkpoint) {
      directory.log().restore(*checkpoint);
      training.best().restore_file();
    } else {
      directory.log().start();
    }
    directory.write_config(config);
  }
  progress.line(
      fmt::format("{}: {} parameters, {} training and {} validation images of {}, "
                  "{} thread{}, {} {}",
                  options.model, network->parameter_count(), data.split.train.size(),
                  data.split.validation.size(), data.images.name, thread_count(),
                  thread_count() == 1 ? "" : "s", checkpoint ? "resumed in" : "into",
                  directory.path().string()));

  bool is_done = false;
  try {
    is_done = trainer.run();
  } catch (...) {
    // A run that has not begun leaves nothing, so that the same command can be tried again.
    if (!resumes && trainer.step() == 0) directory.discard();
    throw;
  }
  if (options.dry_run && stop.signal() != 0) return 128 + stop.signal();
  if (!is_done) {
    say(fmt::format("stopped by {} after step {}; go on with: scanline train --resume {}",
                    stop.name(), trainer.step(), directory.path().string()));
    return 128 + stop.signal();
  }
  const Metrics metrics = test_and_report(*network, description, data, options, config, directory);
  for (const std::string& line :
       summary(trainer, training.best(), options, metrics, directory.path()))
    progress.line(line);
  fmt::print("{}\n", result_line("test", metrics.correct(), metrics.total(), metrics.loss()));
  return 0;
}

}  // namespace

void TrainCommand::declare(Fields& fields) { fields.merge(possible_.fields()); }

void TrainCommand::read(const Fields&, const Arguments& arguments) {
  FoundSettings given;
  for (const auto& [name, values] : arguments) {
    const std::string where = "--" + name;
    if (values.back().empty()) throw UsageError(where + ": expected a value, found an empty text");
    given[name] = {.text = values.back(), .where = where, .origin = Setting::Origin::argument};
  }
  options_.emplace(catalogue_, find_settings(catalogue_, possible_, given));
}

Settings TrainCommand::values(const Fields& fields) const {
  Settings result;
  for (const Field& field : fields) {
    const Field* own = options_->fields().find(field.name);
    result[field.name] = own == nullptr ? "" : own->text();
  }
  return result;
}

int TrainCommand::run() {
  const std::string config = to_config(options_->fields());
  if (options_->common().dump_config) {
    fmt::print("{}", config);
    return 0;
  }
  for (const std::string& where : options_->unused())
    say(fmt::format("note: {} is not an option of this run", where));
  return train(*options_, config);
}

}  // namespace scanline::train
