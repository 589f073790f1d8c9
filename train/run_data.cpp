#include "scanline/train/run_data.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <utility>

#include "scanline/datasets/preparation.hpp"
#include "scanline/framework/core/error.hpp"
#include "scanline/train/standard_streams.hpp"

namespace scanline::train {
namespace {

using datasets::Dataset;
using datasets::Part;

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

/// @throws Error unless a part has labels.
void check_labels(const Dataset& images, Part part) {
  if (images.labels.empty())
    throw Error(fmt::format("{}: expected a label for each of {} {} images, found none",
                            images.name, images.count,
                            part == Part::train ? "training" : "validation"));
}

/// @throws Error unless another part has the size and the classes of the training images.
void check_part(const Dataset& training, const Dataset& other, Part part) {
  if (training.rows != other.rows || training.columns != other.columns)
    throw Error(fmt::format(
        "{}: expected {} images of {}x{} pixels, as those for training, found {}x{}", other.name,
        to_string(part), training.rows, training.columns, other.rows, other.columns));
  if (training.class_names != other.class_names)
    throw Error(fmt::format(
        "{}: expected the {} classes of the training images in the {} images, "
        "found {} others",
        other.name, training.class_names.size(), to_string(part), other.class_names.size()));
}

/// Takes the images out that are held out for the test.
Dataset take_test_images(Dataset& training, double size) {
  const Index count = datasets::validation_count(size, training.count);
  if (count == 0) return {};
  const datasets::Split split = datasets::stratified_split(training, count, "--test-size");
  Dataset test = datasets::subset(training, split.validation);
  training = datasets::subset(training, split.train);
  return test;
}

/// Appends the images of a validation part to those for training, and says which are which.
datasets::Split append(Dataset& training, const Dataset& validation) {
  check_labels(validation, Part::validation);
  check_part(training, validation, Part::validation);
  datasets::Split split{datasets::all_positions(training), datasets::all_positions(validation)};
  for (Index& position : split.validation) position += training.count;
  training.count += validation.count;
  training.pixels.insert(training.pixels.end(), validation.pixels.begin(), validation.pixels.end());
  training.labels.insert(training.labels.end(), validation.labels.begin(), validation.labels.end());
  return split;
}

}  // namespace

datasets::Request request_of(const TrainOptions& options, Progress& progress) {
  datasets::Request request{.directory = options.data,
                            .preparation = datasets::parse_preparation(options.prepare),
                            .skip_bad = options.skip_bad};
  if (!options.image_size.empty())
    request.image_size = datasets::parse_image_size(options.image_size);
  watch(request, progress);
  return request;
}

void watch(datasets::Request& request, Progress& progress) {
  using Clock = std::chrono::steady_clock;
  request.note = [&progress](const std::string& line) {
    progress.clear();
    say("note: " + line);
  };
  request.progress = [&progress, start = Clock::now(), before = Index{0}](Index done,
                                                                          Index count) mutable {
    if (done < before) start = Clock::now();  // another part
    before = done;
    const std::chrono::duration<double> elapsed = Clock::now() - start;
    progress.update("reading", {.images = done, .count = count, .seconds = elapsed.count()});
  };
}

TrainingImages load_training_images(const datasets::Source& source,
                                    const datasets::Request& request, const HeldOut& held_out,
                                    Dataset& test_images) {
  TrainingImages result{datasets::load(source, Part::train, request), {}};
  check_labels(result.images, Part::train);
  if (!source.has(Part::test)) test_images = take_test_images(result.images, held_out.test);
  if (held_out.validation > 0 && source.has(Part::validation))
    result.split = append(result.images, datasets::load(source, Part::validation, request));
  else
    result.split = datasets::stratified_split(
        result.images, datasets::validation_count(held_out.validation, result.images.count));
  return result;
}

Dataset load_test_images(const datasets::Source& source, const datasets::Request& request,
                         const HeldOut& held_out) {
  if (source.has(Part::test)) return datasets::load(source, Part::test, request);
  Dataset training = datasets::load(source, Part::train, request);
  return take_test_images(training, held_out.test);
}

TestedImages tested_images(const RunData& data) {
  if (!data.test_positions.empty()) return {data.test_images, data.test_positions, "test"};
  if (!data.split.validation.empty()) return {data.images, data.split.validation, "val"};
  return {data.images, data.split.train, "train"};
}

RunData load_run_data(const TrainOptions& options, const datasets::Sources::Factory& dataset,
                      Progress& progress) {
  const datasets::Request request = request_of(options, progress);
  const std::unique_ptr<datasets::Source> source = dataset.make(request);
  RunData data{.directory = source->directory().string(),
               .images = {},
               .test_images = {},
               .split = {},
               .test_positions = {},
               .normalization = {}};
  const HeldOut held_out{options.val_size, options.test_size};
  auto [images, split] = load_training_images(*source, request, held_out, data.test_images);
  data.images = std::move(images);
  data.split = std::move(split);
  if (source->has(Part::test)) data.test_images = load_test_images(*source, request, held_out);
  if (!data.test_images.labels.empty()) {
    check_part(data.images, data.test_images, Part::test);
    data.test_positions = datasets::all_positions(data.test_images);
  }
  check_validation(options, data.split);
  const std::optional<datasets::Normalization> known = source->normalization();
  data.normalization =
      known ? *known : datasets::measure_normalization(data.images, data.split.train);
  if (options.overfit_batches > 0) {
    std::vector<Index>& training = data.split.train;
    auto wanted = static_cast<std::size_t>(options.overfit_batches * options.batch_size);
    if (data.images.lines) {  // of as many images as it takes
      const auto& [low, high] = data.images.lines->digits;
      wanted = (wanted * static_cast<std::size_t>(low + high) + 1) / 2;
    }
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
          .dataset_options = run.options_of<datasets::Sources>(),
          .preparation = datasets::parse_preparation(run.common().prepare),
          .mean = data.normalization.mean,
          .standard_deviation = data.normalization.standard_deviation,
          .seed = run.common().seed,
          .version = SCANLINE_VERSION};
}

}  // namespace scanline::train
