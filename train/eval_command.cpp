#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "datasets/folder.hpp"
#include "datasets/mnist.hpp"
#include "datasets/split.hpp"
#include "framework/core/error.hpp"
#include "framework/core/parallel.hpp"
#include "framework/core/printable.hpp"
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

void print_tables(const Metrics& metrics, const std::vector<std::string>& class_names) {
  std::vector<std::string> names;
  for (const std::string& name : class_names) names.push_back(printable(name, longest_quote));
  std::size_t width = 5;
  for (const std::string& name : names) width = std::max(width, name.size());
  fmt::print("{:<{}}  precision  recall  f1      support\n", "class", width);
  const std::vector<ClassFigures> figures = metrics.classes();
  for (std::size_t c = 0; c < figures.size(); ++c)
    fmt::print("{:<{}}  {:<9.4f}  {:<6.4f}  {:<6.4f}  {}\n", names[c], width, figures[c].precision,
               figures[c].recall, figures[c].f1, figures[c].support);
  // Wide enough for a count, and for names as far as ten of them fit on a line.
  const std::size_t column = std::clamp(width, std::size_t{5}, std::size_t{7}) + 1;
  fmt::print("\nconfusion (rows: true class, columns: answer)\n{:{}}", "", width);
  for (const std::string& name : names) fmt::print("{:>{}.{}}", name, column, column - 1);
  fmt::print("\n");
  for (std::size_t r = 0; r < figures.size(); ++r) {
    fmt::print("{:<{}}", names[r], width);
    for (const Index count : metrics.confusion()[r]) fmt::print("{:>{}}", count, column);
    fmt::print("\n");
  }
  fmt::print("\ncalibration error {:.4f}\n", metrics.calibration_error());
}

datasets::ImageDataset read_images(const EvalOptions& options,
                                   const ModelDescription& description) {
  if (options.dataset == "folder") {
    if (options.data.empty() || options.split != "test")
      throw Error(
          "--dataset folder: expected --data with the folder, and no other --split than test");
    datasets::ImageDataset images = datasets::describe("mnist");
    images.class_names = description.class_names;
    datasets::append_folder(images, options.data);
    return images;
  }
  const std::string trained_on = description.dataset.empty() ? "mnist" : description.dataset;
  const std::string dataset = options.dataset.empty() ? trained_on : options.dataset;
  const std::string directory =
      options.data.empty() ? datasets::default_directory(dataset).string() : options.data;
  return datasets::load(
      dataset, options.split == "test" ? datasets::Part::test : datasets::Part::train, directory);
}

}  // namespace

void eval_command(const EvalOptions& options, const models::Table& table) {
  if (options.threads > 0) set_thread_count(options.threads);
  std::vector<LoadedModel> models;
  for (const std::string& file : options.models) models.push_back(load_model(file, table));
  const datasets::ImageDataset images = read_images(options, models.front().description);
  const auto classes = static_cast<Index>(images.class_names.size());
  for (std::size_t m = 0; m < models.size(); ++m) {
    const models::Options& made_for = models[m].description.options;
    if (images.rows != made_for.rows || images.columns != made_for.columns ||
        classes != made_for.classes)
      throw Error(fmt::format("{}: made for {}x{} images of {} classes, but {} has {}x{} of {}",
                              options.models[m], made_for.rows, made_for.columns, made_for.classes,
                              images.name, images.rows, images.columns, classes));
  }

  std::vector<Index> positions;
  if (options.split == "test") {
    positions = datasets::all_positions(images);
  } else {
    datasets::Split split = datasets::stratified_split(images, options.val_size);
    positions = options.split == "val" ? split.validation : split.train;
  }
  if (positions.empty()) throw Error(fmt::format("{}: no images in this split", options.split));
  const Answers answers = answer_together(models, images, positions, options.batch_size);
  if (!options.save_logits.empty())
    io::write_safetensors(options.save_logits,
                          {{{"logits", answers.logits}, {"labels", answers.labels}}, {}});
  Metrics metrics(classes);
  metrics.add(answers.logits, answers.labels);
  if (options.json) {
    fmt::print("{}\n", to_json(metrics, images.class_names).dump(2, ' ', /*ensure_ascii=*/true));
    return;
  }
  print_tables(metrics, images.class_names);
  fmt::print("{}\n",
             result_line(options.split, metrics.correct(), metrics.total(), metrics.loss()));
}

}  // namespace scanline::train
