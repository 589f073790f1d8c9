#include "scanline/train/commands/detail/eval_data.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>

#include "scanline/datasets/registry.hpp"
#include "scanline/framework/core/error.hpp"
#include "scanline/train/config.hpp"
#include "scanline/train/run_options.hpp"

namespace scanline::train {
namespace {

namespace fs = std::filesystem;

datasets::Request request_of(const EvalSource& source, const ModelDescription& description) {
  return {.directory = source.directory,
          .class_names = description.class_names,
          .image_size = source.size,
          .preparation = source.preparation,
          .skip_bad = source.skip_bad};
}

/// How many images a run on a dataset holds out unless it is told otherwise.
HeldOut default_held_out(const std::string& dataset, const Catalogue& catalogue) {
  const RunOptions run(catalogue, {{"dataset", {.text = dataset, .where = "--dataset"}}});
  return {run.common().val_size, run.common().test_size};
}

/// What a model was trained on, as the run says that it belongs to, or else its file.
EvalSource trained_on(const std::string& model, const ModelDescription& description,
                      const Catalogue& catalogue) {
  std::error_code error;
  const fs::path run =
      fs::is_directory(model, error) ? fs::path(model) : fs::path(model).parent_path();
  // Other programs may have a config.toml beside a model.
  if (fs::exists(run / "config.toml", error) && fs::exists(run / "metrics.jsonl", error)) {
    const PossibleOptions possible(catalogue);
    Fields of_data;
    possible.declare_data(of_data);
    const RunOptions trained(catalogue, read_known_options(run / "config.toml", of_data));
    const TrainOptions& common = trained.common();
    return {.dataset = common.dataset,
            .options = trained.options_of<datasets::Sources>(),
            .directory = common.data,
            .held_out = HeldOut{common.val_size, common.test_size},
            .skip_bad = common.skip_bad};
  }
  return {.dataset = description.dataset.empty() ? "mnist" : description.dataset,
          .options = description.dataset_options};
}

/// Reads the test images.
datasets::Dataset read_test_images(const datasets::Source& dataset,
                                   const datasets::Request& request, const EvalSource& source) {
  datasets::Dataset images = source.tests_all && !dataset.has(datasets::Part::test)
                                 ? datasets::load(dataset, datasets::Part::train, request)
                                 : load_test_images(dataset, request, *source.held_out);
  if (images.count > 0 && !images.labels.empty()) return images;
  throw Error(fmt::format("--split test: expected test images with labels in {}, found {}",
                          dataset.directory().string(),
                          images.count == 0 ? "none" : "images without labels"));
}

/// Which images are tested on; empty where the options say it.
std::string describe_images(const EvalSource& source, const EvalOptions& options,
                            const datasets::Source& dataset) {
  const bool has_all = source.tests_all && !dataset.has(datasets::Part::test);
  if (!options.data.empty() && !has_all) return {};
  const std::string directory = dataset.directory().string();
  return fmt::format("note: testing on {} images of {}{}{}",
                     has_all ? "all" : "the " + split_of(options), source.dataset,
                     directory.empty() ? "" : " in " + directory,
                     has_all ? "; --split test takes those that a run would hold out" : "");
}

}  // namespace

std::string split_of(const EvalOptions& options) {
  return options.split.empty() ? "test" : options.split;
}

EvalSource source_of(const std::string& model, const ModelDescription& description,
                     const EvalOptions& options, const Catalogue& catalogue) {
  EvalSource source = trained_on(model, description, catalogue);
  const std::string dataset =
      !options.dataset.empty() ? options.dataset
      : !options.data.empty()
          ? datasets::detect_for(source.dataset, catalogue.formats, options.data)
          : source.dataset;
  const bool is_other_dataset = dataset != source.dataset;
  if (is_other_dataset) source = {.dataset = dataset};
  std::error_code error;
  const bool is_other_place =
      !options.data.empty() &&
      (!options.dataset.empty() || !fs::equivalent(options.data, source.directory, error));
  source.tests_all = options.split.empty() && (is_other_dataset || is_other_place);
  for (const auto& [name, text] : options.dataset_options) source.options[name] = text;
  try {  // a model file may name a dataset or options that this program does not have
    catalogue.datasets.choose(source.dataset, source.options);
  } catch (const Error& error) {
    throw Error(fmt::format("{}: {}", model, error.what()));
  }
  if (!source.held_out) source.held_out = default_held_out(source.dataset, catalogue);
  if (!options.data.empty()) source.directory = options.data;
  source.skip_bad = source.skip_bad || options.skip_bad;
  if (options.val_size) source.held_out->validation = *options.val_size;
  source.size = {description.task.rows, description.task.columns};
  source.preparation = description.preparation;
  return source;
}

std::vector<std::string> differences(const std::vector<EvalSource>& sources,
                                     const Catalogue& catalogue) {
  const auto place_of = [&](const EvalSource& source) {
    const datasets::Request request{.directory = source.directory};
    std::error_code error;
    return fs::weakly_canonical(
        catalogue.datasets.choose(source.dataset, source.options)->make(request)->directory(),
        error);
  };
  std::vector<std::string> texts;
  for (const EvalSource& source : sources) {
    // Whether any source of this dataset is another one in this respect.
    const auto any = [&](const auto& is_other) {
      return std::any_of(sources.begin(), sources.end(), [&](const EvalSource& other) {
        return other.dataset == source.dataset && is_other(other);
      });
    };
    std::string text = source.dataset;
    for (const auto& option : source.options)
      if (any([&](const EvalSource& other) {
            const auto found = other.options.find(option.first);
            return found != other.options.end() && found->second != option.second;
          }))
        text += fmt::format(" {}={}", option.first, option.second);
    if (any([&](const EvalSource& other) {
          return other.directory != source.directory && place_of(other) != place_of(source);
        }))
      text += " in " + place_of(source).string();
    texts.push_back(text);
  }
  if (std::equal(texts.begin() + 1, texts.end(), texts.begin())) texts.clear();
  return texts;
}

EvalExamples read_examples(const EvalSource& source, const EvalOptions& options,
                           const ModelDescription& description, const Catalogue& catalogue,
                           Progress& progress) {
  datasets::Request request = request_of(source, description);
  watch(request, progress);
  const std::unique_ptr<datasets::Source> dataset =
      catalogue.datasets.choose(source.dataset, source.options)->make(request);
  EvalExamples examples;
  if (split_of(options) == "test") {
    examples.images = read_test_images(*dataset, request, source);
    examples.positions = datasets::all_positions(examples.images);
  } else {
    datasets::Dataset test_images;
    auto [images, split] = load_training_images(*dataset, request, *source.held_out, test_images);
    examples.images = std::move(images);
    examples.positions = split_of(options) == "val" ? split.validation : split.train;
  }
  if (examples.positions.empty())
    throw Error(fmt::format("--split {}: expected images, found none", split_of(options)));
  const std::optional<datasets::Normalization> known = dataset->normalization();
  examples.normalization =
      known ? *known : datasets::measure_normalization(examples.images, examples.positions);
  examples.note = describe_images(source, options, *dataset);
  progress.clear();
  return examples;
}

}  // namespace scanline::train
