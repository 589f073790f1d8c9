#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "datasets/loader.hpp"
#include "datasets/mnist.hpp"
#include "datasets/split.hpp"
#include "framework/core/error.hpp"
#include "framework/core/parallel.hpp"
#include "framework/core/random.hpp"
#include "train/commands.hpp"
#include "train/evaluate.hpp"
#include "train/model_file.hpp"
#include "train/progress.hpp"
#include "train/run_directory.hpp"
#include "train/trainer.hpp"

namespace scanline::train {

void train_command(const TrainOptions& options, const std::string& config,
                   const models::Table& table) {
  if (options.threads > 0) set_thread_count(options.threads);
  set_default_random_state({.seed = options.seed});

  const std::string data =
      options.data.empty() ? datasets::default_directory(options.dataset).string() : options.data;
  const datasets::ImageDataset images =
      datasets::load(options.dataset, datasets::Part::train, data);
  const datasets::ImageDataset test_images =
      datasets::load(options.dataset, datasets::Part::test, data);
  const datasets::Split split = datasets::stratified_split(images, options.val_size);

  const ModelDescription description{
      .model = options.model,
      .options = {.rows = images.rows,
                  .columns = images.columns,
                  .classes = static_cast<Index>(images.class_names.size()),
                  .hidden_size = options.hidden_size,
                  .layers = options.layers,
                  .dropout = options.dropout},
      .class_names = images.class_names,
      .dataset = images.name,
      .mean = images.mean,
      .standard_deviation = images.standard_deviation,
      .seed = options.seed,
      .version = SCANLINE_VERSION};
  const std::unique_ptr<nn::Layer> network =
      models::find(table, options.model).make(description.options);
  if (!options.init.empty()) load_weights(options.init, *network);

  RunDirectory directory(options.out, options.model, options.exist_ok);
  directory.write_config("# scanline " SCANLINE_VERSION "\n" + config);
  Progress progress(options.quiet ? ProgressKind::none : progress_kind(options.progress));
  progress.line(fmt::format(
      "{}: {} parameters, {} training and {} validation images of {}, "
      "{} thread{}, into {}",
      options.model, network->parameter_count(), split.train.size(), split.validation.size(),
      images.name, thread_count(), thread_count() == 1 ? "" : "s", directory.path().string()));

  Trainer(options, images, split, *network, description, directory, progress).run();
  save_model(directory.model_file(), *network, description);

  const datasets::Loader test_loader(test_images, datasets::all_positions(test_images),
                                     {.batch_size = options.test_batch_size});
  const Metrics metrics = evaluate(*network, test_loader, description.options.classes);
  directory.log({{"kind", "test"},
                 {"accuracy", metrics.accuracy()},
                 {"loss", metrics.loss()},
                 {"correct", metrics.correct()},
                 {"total", metrics.total()}});
  fmt::print("{}\n", result_line("test", metrics));
}

}  // namespace scanline::train
