#include "scanline/train/run_data.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>

#include "scanline/framework/core/error.hpp"

namespace scanline::train {
namespace {

/// @throws Error for options that need images for validation where there are none.
void check_validation(const TrainOptions& options, const datasets::Split& split) {
  if (!split.validation.empty()) return;
  const auto refuse = [&](const std::string& option) {
    throw Error(fmt::format("{}: expected images for validation, found none with --val-size {}",
                            option, options.val_size));
  };
  if (options.stopping.patience > 0 && options.stopping.monitor.starts_with("val_"))
    refuse("--monitor " + options.stopping.monitor);
  if (options.best.test_best) refuse("--test-best");
}

/// @throws Error unless both parts have labels, one size of images and the same classes.
void check_parts(const datasets::Dataset& training, const datasets::Dataset& test) {
  for (const datasets::Dataset* part : {&training, &test})
    if (part->labels.empty())
      throw Error(fmt::format("{}: expected a label for each of {} {} images, found none",
                              part->name, part->count, part == &test ? "test" : "training"));
  if (training.rows != test.rows || training.columns != test.columns)
    throw Error(
        fmt::format("{}: expected test images of {}x{} pixels, as those for training, "
                    "found {}x{}",
                    test.name, training.rows, training.columns, test.rows, test.columns));
  if (training.class_names != test.class_names)
    throw Error(
        fmt::format("{}: expected the {} classes of the training images in the test images, "
                    "found {} others",
                    test.name, training.class_names.size(), test.class_names.size()));
}

}  // namespace

RunData load_run_data(const TrainOptions& options, const datasets::Sources::Factory& dataset) {
  const std::unique_ptr<datasets::Source> source = dataset.make({options.data, {}});
  RunData data{.directory = source->directory().string(),
               .images = source->load(datasets::Part::train),
               .test_images = source->load(datasets::Part::test),
               .split = {},
               .test_positions = {},
               .normalization = {}};
  check_parts(data.images, data.test_images);
  data.split = datasets::stratified_split(
      data.images, datasets::validation_count(options.val_size, data.images.count));
  check_validation(options, data.split);
  const std::optional<datasets::Normalization> known = source->normalization();
  data.normalization =
      known ? *known : datasets::measure_normalization(data.images, data.split.train);
  data.test_positions = datasets::all_positions(data.test_images);
  if (options.overfit_batches > 0) {
    std::vector<Index>& training = data.split.train;
    const auto wanted = static_cast<std::size_t>(options.overfit_batches * options.batch_size);
    training.resize(std::min(training.size(), wanted));
  }
  return data;
}

ModelDescription describe(const RunOptions& run, const RunData& data) {
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

}  // namespace scanline::train
