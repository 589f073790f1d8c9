#include "scanline/train/commands/eval_command.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <system_error>
#include <utility>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/parallel.hpp"
#include "scanline/framework/core/printable.hpp"
#include "scanline/framework/io/safetensors.hpp"
#include "scanline/models/line_reader.hpp"
#include "scanline/predict/model_file.hpp"
#include "scanline/train/commands/detail/eval_data.hpp"
#include "scanline/train/evaluate.hpp"
#include "scanline/train/evaluate_lines.hpp"
#include "scanline/train/options.hpp"
#include "scanline/train/progress.hpp"
#include "scanline/train/standard_streams.hpp"
#include "scanline/train/text_table.hpp"

namespace scanline::train {
namespace {

namespace fs = std::filesystem;

nlohmann::ordered_json to_json(const Metrics& metrics, const std::vector<std::string>& names) {
  nlohmann::ordered_json classes = nlohmann::ordered_json::array();
  const std::vector<ClassFigures> figures = metrics.classes();
  for (std::size_t c = 0; c < figures.size(); ++c)
    classes.push_back({{"class", names[c]},
                       {"precision", figures[c].precision},
                       {"recall", figures[c].recall},
                       {"f1", figures[c].f1},
                       {"support", figures[c].support}});
  nlohmann::ordered_json all = to_json(metrics.score());
  all["calibration_error"] = metrics.calibration_error();
  all["confusion"] = metrics.confusion();
  all["classes"] = classes;
  return all;
}

void print_tables(const Metrics& metrics, const std::vector<std::string>& class_names) {
  std::vector<std::string> names;
  for (const std::string& name : class_names) names.push_back(printable(name, longest_quote));
  std::size_t width = 5;
  for (const std::string& name : names) width = std::max(width, character_count(name));
  fmt::print("{:<{}}  precision  recall  f1      support\n", "class", width);
  const std::vector<ClassFigures> figures = metrics.classes();
  for (std::size_t c = 0; c < figures.size(); ++c)
    fmt::print("{:<{}}  {:<9.4f}  {:<6.4f}  {:<6.4f}  {}\n", names[c], width, figures[c].precision,
               figures[c].recall, figures[c].f1, figures[c].support);
  // Wide enough for a count, and for names as far as ten of them fit on a line; others are cut.
  const std::size_t column = std::clamp(width, std::size_t{5}, std::size_t{7}) + 1;
  fmt::print("\nconfusion (rows: true class, columns: prediction)\n{:{}}", "", width);
  for (const std::string& name : names) fmt::print("{:>{}}", shortened(name, column - 1), column);
  fmt::print("\n");
  for (std::size_t r = 0; r < figures.size(); ++r) {
    fmt::print("{:<{}}", names[r], width);
    for (const Index count : metrics.confusion()[r]) fmt::print("{:>{}}", count, column);
    fmt::print("\n");
  }
  fmt::print("\ncalibration error {:.4f}\n", metrics.calibration_error());
}

/// @throws UsageError if the logits would be written over a file that a model may be read from.
void check_logits_file(const EvalOptions& options) {
  if (options.save_logits.empty()) return;
  std::error_code error;
  for (const std::string& model : options.models)
    for (const fs::path& file : model_files(model))
      if (fs::equivalent(file, options.save_logits, error))
        throw UsageError(fmt::format("--save-logits: expected another file than the model {}",
                                     printable(file.string(), longest_quote)));
}

/// @throws Error unless the model was made for such images.
void check_fit(const std::string& model, const LoadedModel& loaded,
               const datasets::Dataset& images) {
  const ModelDescription& description = loaded.description;
  if (models::reads_lines(*loaded.network) != images.lines.has_value())
    throw Error(fmt::format("{}: expected {}, found that {} has {}", model,
                            images.lines ? "single images" : "lines of digits (--dataset numbers)",
                            images.name, images.lines ? "lines of digits" : "single images"));
  const models::ImageTask& made_for = description.task;
  const auto classes = static_cast<Index>(images.class_names.size());
  if (images.rows != made_for.rows || images.columns != made_for.columns ||
      classes != made_for.classes)
    throw Error(
        fmt::format("{}: expected {}x{} images of {} classes, found that {} has {}x{} of {}", model,
                    made_for.rows, made_for.columns, made_for.classes, images.name, images.rows,
                    images.columns, classes));
  // The names of a file that does not describe its model are only numbers.
  if (description.dataset.empty() || images.class_names == description.class_names) return;
  const auto list = [](const std::vector<std::string>& names) {
    return printable(fmt::to_string(fmt::join(names, ", ")), longest_quote);
  };
  throw Error(fmt::format("{}: expected images of the classes {}, found that {} has {}", model,
                          list(description.class_names), images.name, list(images.class_names)));
}

Metrics measure(const Answers& answers, std::size_t classes) {
  Metrics metrics(static_cast<Index>(classes));
  metrics.add(answers.logits, answers.labels);
  return metrics;
}

/// Shows how far the model at position `model` in the list of all models is.
void show(Progress& progress, const EvalOptions& options, std::size_t model,
          const EvaluationState& state) {
  const std::size_t count = options.models.size();
  const std::string which = count == 1 ? "" : fmt::format("model {}/{}  ", model + 1, count);
  progress.update(which + split_of(options), state);
}

/// Lets models answer together, and shows the progress. The first of them is the one at `first` in
/// the list of all models.
Answers answer(const std::vector<LoadedModel>& models, std::size_t first,
               const EvalExamples& examples, const EvalOptions& options, Progress& progress) {
  const auto observe = [&](std::size_t model, const EvaluationState& state) {
    show(progress, options, first + model, state);
  };
  const Answers answers = answer_together(models, examples.images, examples.positions,
                                          examples.normalization, options.batch_size, observe);
  progress.clear();
  return answers;
}

/// How good a model that reads lines is. `m` is its position in the list of all models.
Score measure_lines(const LoadedModel& model, std::size_t m, const EvalExamples& examples,
                    const EvalOptions& options, Progress& progress) {
  const datasets::Loader loader(
      examples.images, examples.positions,
      {.batch_size = options.batch_size,
       .normalization = normalization_of(model.description, examples.normalization)});
  const LineAnswers answers = read_all(*model.network, loader, [&](const EvaluationState& state) {
    show(progress, options, m, state);
  });
  progress.clear();
  return score(answers);
}

/// A model that reads lines.
void print_lines(const LoadedModel& model, const EvalExamples& examples, const EvalOptions& options,
                 Progress& progress) {
  const Score result = measure_lines(model, 0, examples, options, progress);
  if (options.json)
    fmt::print("{}\n", to_json(result).dump(2));
  else
    fmt::print("{}\n", result_line(split_of(options), result));
}

/// One model, or several that answer together.
void print_one(const std::vector<LoadedModel>& models, const EvalExamples& examples,
               const EvalOptions& options, Progress& progress) {
  const Answers answers = answer(models, 0, examples, options, progress);
  if (!options.save_logits.empty())
    io::write_safetensors(options.save_logits,
                          {{{"logits", answers.logits}, {"labels", answers.labels}}, {}});
  const std::vector<std::string>& names = examples.images.class_names;
  const Metrics metrics = measure(answers, names.size());
  if (options.json) {
    fmt::print("{}\n", to_json(metrics, names).dump(2, ' ', /*ensure_ascii=*/true));
    return;
  }
  print_tables(metrics, names);
  fmt::print("{}\n", result_line(split_of(options), metrics.score()));
}

/// A model of several, and where its test images are.
struct Compared {
  std::vector<LoadedModel> model;  // only one, as `answer` takes it
  EvalSource source;
  bool reads_lines = false;
};

std::vector<Compared> load_compared(const EvalOptions& options, const Catalogue& catalogue) {
  std::vector<Compared> compared;
  for (const std::string& name : options.models) {
    Compared& added = compared.emplace_back();
    added.model.push_back(load_model(name, catalogue.models, say));
    const LoadedModel& model = added.model.front();
    added.source = source_of(name, model.description, options, catalogue);
    added.reads_lines = models::reads_lines(*model.network);
    if (!options.json && added.reads_lines != compared.front().reads_lines)
      throw Error(fmt::format("{}: {}, and {}: {}; compare models of one kind, or use --json",
                              options.models.front(),
                              added.reads_lines ? "classifies images" : "reads lines", name,
                              added.reads_lines ? "reads lines" : "classifies images"));
  }
  return compared;
}

/// The table of several models. It grows by a row at a time.
class ComparisonTable {
 public:
  /// `datasets` has a text for each model, or is empty.
  ComparisonTable(const std::vector<std::string>& models, const std::vector<std::string>& datasets,
                  const std::string& measure)
      : names_(printable_column("model", models)),
        datasets_(printable_column("dataset", datasets)) {
    print(0, "accuracy", "correct/total", "loss", measure);
  }
  /// `measure` is what the last column has.
  void print_row(std::size_t model, const Score& score, double measure) const {
    print(model + 1, fmt::format("{:.4f}", score.accuracy()),
          fmt::format("{}/{}", score.correct, score.total), fmt::format("{:.4f}", score.loss),
          fmt::format("{:.4f}", measure));
  }

 private:
  /// The title and the cells, all of the same width.
  static std::vector<std::string> printable_column(const std::string& title,
                                                   const std::vector<std::string>& cells) {
    std::vector<std::string> column{title};
    for (const std::string& cell : cells) column.push_back(printable(cell, longest_quote));
    std::size_t width = 0;
    for (const std::string& cell : column) width = std::max(width, character_count(cell));
    for (std::string& cell : column) cell.append(width - character_count(cell), ' ');
    return column;
  }
  void print(std::size_t row, const std::string& accuracy, const std::string& correct,
             const std::string& loss, const std::string& measure) const {
    const bool has_datasets = datasets_.size() > 1;
    fmt::print("{}  {}{}{:<8}  {:<13}  {:<6}  {}\n", names_[row],
               has_datasets ? datasets_[row] : "", has_datasets ? "  " : "", accuracy, correct,
               loss, measure);
  }

  std::vector<std::string> names_, datasets_;
};

/// A row or a JSON object for each model.
void print_each(const EvalOptions& options, const Catalogue& catalogue, Progress& progress) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  const std::vector<Compared> compared = load_compared(options, catalogue);
  std::vector<EvalSource> sources;
  for (const Compared& each : compared) sources.push_back(each.source);
  std::optional<ComparisonTable> table;
  if (!options.json)
    table.emplace(options.models, differences(sources, catalogue),
                  compared.front().reads_lines ? "digit error" : "calibration error");
  EvalExamples examples;
  for (std::size_t m = 0; m < compared.size(); ++m) {
    const auto& [model, source, reads_lines] = compared[m];
    if (m == 0 || !(source == sources[m - 1]))
      examples = read_examples(source, options, model.front().description, catalogue, progress);
    check_fit(options.models[m], model.front(), examples.images);
    if (!examples.note.empty()) say(std::exchange(examples.note, {}));
    nlohmann::ordered_json entry{{"model", options.models[m]}};
    if (reads_lines) {
      const Score result = measure_lines(model.front(), m, examples, options, progress);
      entry.update(to_json(result));
      if (table) table->print_row(m, result, *result.digit_error);
    } else {
      const std::vector<std::string>& names = examples.images.class_names;
      const Metrics metrics = measure(answer(model, m, examples, options, progress), names.size());
      entry.update(to_json(metrics, names));
      if (table) table->print_row(m, metrics.score(), metrics.calibration_error());
    }
    list.push_back(entry);
  }
  if (options.json)
    fmt::print("{}\n", nlohmann::ordered_json{{"models", list}}.dump(
                           2, ' ', /*ensure_ascii=*/true,
                           nlohmann::ordered_json::error_handler_t::replace));
}

}  // namespace

void EvalCommand::declare_own(Fields& fields) {
  fields.add_positional(
      "MODEL", options_.models,
      "Run directories, .safetensors or .onnx files; several are compared, a row for each");
  add_choice(fields, "dataset", options_.dataset, catalogue_.datasets,
             "Dataset to test on [the run's]");
  fields.add("data", options_.data,
             "Directory or file of the dataset [the run's]; if it has no test images, all images "
             "are tested");
  fields
      .add("split", options_.split, {"test", "val", "train"}, "Images to test on, test by default")
      .is_optional = true;
  fields
      .add("val-size", options_.val_size, {0, static_cast<double>(largest_count)},
           "Validation size used in training, for --split val and train [the run's]")
      .checked([this] { check_held_out(*options_.val_size); });
  fields.add("skip-bad", options_.skip_bad, "Leave out pictures that cannot be read");
  fields.add("batch-size", options_.batch_size, {1, 1'000'000}, "Images per batch");
  fields.add("threads", options_.threads, {0, 1024}, "Threads; 0: all cores");
  fields.add("ensemble", options_.ensemble, "Average the probabilities of several models");
  fields.add("json", options_.json, "Print the metrics as one JSON document");
  fields.add("save-logits", options_.save_logits,
             "Write logits (N, classes) and labels (N) to this safetensors file");
}

void EvalCommand::declare(Fields& fields) {
  declare_own(fields);
  for (const auto& entry : catalogue_.datasets) {
    datasets_.push_back(entry.choose());
    Fields of_dataset;
    datasets_.back()->declare(of_dataset);
    for (const Field& field : of_dataset)
      if (fields.find(field.name) == nullptr) fields.append(field);
  }
}

void EvalCommand::read(const Fields&, const Arguments& arguments) {
  Fields own;
  declare_own(own);
  Arguments of_eval, of_dataset;
  for (const auto& [name, values] : arguments)
    (own.find(name) != nullptr ? of_eval : of_dataset).emplace(name, values);
  Command::read(own, of_eval);
  for (const auto& [name, setting] : found_settings(of_dataset))
    options_.dataset_options[name] = setting.text;
}

int EvalCommand::run() {
  check_logits_file(options_);
  if (options_.threads > 0) set_thread_count(options_.threads);
  Progress progress(progress_kind("auto"));
  if (options_.models.size() > 1 && !options_.ensemble) {
    if (!options_.save_logits.empty())
      throw Error("--save-logits: expected one model or --ensemble, found several models");
    print_each(options_, catalogue_, progress);
    return 0;
  }
  std::vector<LoadedModel> models;
  for (const std::string& name : options_.models)
    models.push_back(load_model(name, catalogue_.models, say));
  const ModelDescription& first = models.front().description;
  const EvalSource source = source_of(options_.models.front(), first, options_, catalogue_);
  const EvalExamples examples = read_examples(source, options_, first, catalogue_, progress);
  for (std::size_t m = 0; m < models.size(); ++m)
    check_fit(options_.models[m], models[m], examples.images);
  if (!examples.note.empty()) say(examples.note);
  if (models::reads_lines(*models.front().network)) {
    if (models.size() > 1 || !options_.save_logits.empty())
      throw Error(
          fmt::format("--{}: expected models that classify images, found one that reads lines",
                      models.size() > 1 ? "ensemble" : "save-logits"));
    print_lines(models.front(), examples, options_, progress);
    return 0;
  }
  print_one(models, examples, options_, progress);
  return 0;
}

}  // namespace scanline::train
