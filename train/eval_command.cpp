#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "datasets/loader.hpp"
#include "datasets/mnist.hpp"
#include "datasets/split.hpp"
#include "framework/core/error.hpp"
#include "framework/core/parallel.hpp"
#include "framework/io/safetensors.hpp"
#include "train/commands.hpp"
#include "train/evaluate.hpp"
#include "train/model_file.hpp"

namespace scanline::train {
namespace {

nlohmann::ordered_json to_json(const Metrics& metrics, const std::vector<std::string>& names) {
  nlohmann::ordered_json classes = nlohmann::ordered_json::array();
  const std::vector<ClassFigures> figures = metrics.classes();
  for (std::size_t c = 0; c < figures.size(); ++c)
    classes.push_back({{"class", names[c]},
                       {"precision", figures[c].precision},
                       {"recall", figures[c].recall},
                       {"f1", figures[c].f1},
                       {"support", figures[c].support}});
  return {{"accuracy", metrics.accuracy()},
          {"loss", metrics.loss()},
          {"correct", metrics.correct()},
          {"total", metrics.total()},
          {"calibration_error", metrics.calibration_error()},
          {"confusion", metrics.confusion()},
          {"classes", classes}};
}

void print_tables(const Metrics& metrics, const std::vector<std::string>& names) {
  std::size_t width = 5;
  for (const std::string& name : names) width = std::max(width, name.size());
  fmt::print("{:<{}}  precision  recall  f1      support\n", "class", width);
  const std::vector<ClassFigures> figures = metrics.classes();
  for (std::size_t c = 0; c < figures.size(); ++c)
    fmt::print("{:<{}}  {:<9.4f}  {:<6.4f}  {:<6.4f}  {}\n", names[c], width, figures[c].precision,
               figures[c].recall, figures[c].f1, figures[c].support);
  fmt::print("\nconfusion (rows: true class, columns: answer)\n");
  for (std::size_t r = 0; r < figures.size(); ++r) {
    fmt::print("{:<{}}", names[r], width);
    for (const Index count : metrics.confusion()[r]) fmt::print("{:>6}", count);
    fmt::print("\n");
  }
  fmt::print("\ncalibration error {:.4f}\n", metrics.calibration_error());
}

/// Reads the images that the model is to be tested on, prepared as those it was trained on were.
datasets::ImageDataset load_images(const EvalOptions& options,
                                   const ModelDescription& description) {
  const std::string trained_on = description.dataset.empty() ? "mnist" : description.dataset;
  const std::string dataset = options.dataset.empty() ? trained_on : options.dataset;
  const std::string directory =
      options.data.empty() ? datasets::default_directory(dataset).string() : options.data;
  datasets::ImageDataset images = datasets::load(
      dataset, options.split == "test" ? datasets::Part::test : datasets::Part::train, directory);
  if (images.rows != description.options.rows || images.columns != description.options.columns ||
      static_cast<Index>(images.class_names.size()) != description.options.classes)
    throw Error(fmt::format("{}: made for {}x{} images of {} classes, but {} has {}x{} of {}",
                            options.model, description.options.rows, description.options.columns,
                            description.options.classes, dataset, images.rows, images.columns,
                            images.class_names.size()));
  // A model that does not say what it was trained on gets the dataset's own figures.
  if (!description.dataset.empty()) {
    images.mean = description.mean;
    images.standard_deviation = description.standard_deviation;
  }
  return images;
}

}  // namespace

void eval_command(const EvalOptions& options, const models::Table& table) {
  if (options.threads > 0) set_thread_count(options.threads);
  const LoadedModel loaded = load_model(options.model, table);
  const datasets::ImageDataset images = load_images(options, loaded.description);

  std::vector<Index> positions;
  if (options.split == "test") {
    positions = datasets::all_positions(images);
  } else {
    datasets::Split split = datasets::stratified_split(images, options.val_size);
    positions = options.split == "val" ? split.validation : split.train;
  }
  if (positions.empty()) throw Error(fmt::format("{}: no images in this split", options.split));
  const datasets::Loader loader(images, positions, {.batch_size = options.batch_size});
  const Index classes = loaded.description.options.classes;
  const Answers answers = answer_all(*loaded.network, loader, classes);
  if (!options.save_logits.empty())
    io::write_safetensors(options.save_logits,
                          {{{"logits", answers.logits}, {"labels", answers.labels}}, {}});
  Metrics metrics(classes);
  metrics.add(answers.logits, answers.labels);
  if (options.json) {
    fmt::print("{}\n", to_json(metrics, images.class_names).dump(2));
    return;
  }
  print_tables(metrics, images.class_names);
  fmt::print("{}\n",
             result_line(options.split, metrics.correct(), metrics.total(), metrics.loss()));
}

}  // namespace scanline::train
