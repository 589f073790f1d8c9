#include "scanline/train/commands/info_command.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "scanline/framework/core/printable.hpp"
#include "scanline/models/line_reader.hpp"
#include "scanline/predict/model_file.hpp"
#include "scanline/train/config.hpp"
#include "scanline/train/standard_streams.hpp"

namespace scanline::train {
namespace {

/// Prints the notes of a run, if `model` is one and it has some.
void print_notes(const std::filesystem::path& model) {
  std::error_code error;
  if (!std::filesystem::exists(model / "config.toml", error)) return;
  try {
    const Settings options = read_all_options(model / "config.toml");
    if (const auto notes = options.find("notes"); notes != options.end())
      fmt::print("notes        {}\n", printable(notes->second));
  } catch (const Error&) {  // the model can be shown without them
  }
}

void print_tensors(const NamedArrays& tensors) {
  for (const auto& [name, array] : tensors)
    fmt::print("{:<28} {:<9} {:<14} {:>9} bytes\n", printable(name), scanline::name(array.dtype()),
               to_string(array.shape()), array.bytes());
}

void print_model(const LoadedModel& loaded, const std::string& help) {
  const ModelDescription& description = loaded.description;
  fmt::print("model        {} ({})\n", description.model, help);
  if (models::reads_lines(*loaded.network))
    fmt::print("input        lines of {} rows", description.task.rows);
  else
    fmt::print("input        {} rows of {} pixels", description.task.rows,
               description.task.columns);
  if (description.knows_normalization)
    fmt::print(", mean {}, standard deviation {}", description.mean,
               description.standard_deviation);
  fmt::print("\npictures     are {}\n", description.preparation == datasets::PreparationKind::digit
                                            ? "prepared as MNIST's digits were"
                                            : "only resized");
  for (const auto& [name, value] : description.options) fmt::print("{:<11}  {}\n", name, value);
  fmt::print("classes      {}\n",
             printable(fmt::to_string(fmt::join(description.class_names, ", "))));
  if (description.dataset.empty())
    fmt::print("trained      unknown (the file does not say)\n");
  else
    fmt::print("trained      on {}, seed {}, by scanline {}\n", printable(description.dataset),
               description.seed, printable(description.version));
  fmt::print("parameters   {}\n\n", loaded.network->parameter_count());
  print_tensors(loaded.network->state_dict());
}

/// What can be said of a model that this program cannot make.
void print_unknown(const ModelContent& model, const std::string& name) {
  Index parameters = 0;
  for (const auto& [tensor, array] : model.content.tensors) parameters += array.size();
  fmt::print("model        {} (unknown to this program, so only the file is described)\n",
             printable(name, longest_quote));
  for (const auto& [key, value] : model.content.metadata)
    if (key != "model" && key != "crc32")
      fmt::print("{:<11}  {}\n", printable(key, longest_quote), printable(value, longest_quote));
  fmt::print("elements     {}\n\n", parameters);
  print_tensors(model.content.tensors);
}

}  // namespace

void InfoCommand::declare(Fields& fields) {
  fields.add_positional("MODEL", model_, "Run directory, .safetensors or .onnx file");
}

int InfoCommand::run() {
  const ModelContent model = read_model(model_, say);
  print_notes(model_);
  const std::vector<std::string> known = catalogue_.models.names();
  const auto name = model.content.metadata.find("model");
  if (name != model.content.metadata.end() &&
      std::find(known.begin(), known.end(), name->second) == known.end()) {
    print_unknown(model, name->second);
    return 0;
  }
  const LoadedModel loaded = load_model(model, catalogue_.models);
  print_model(loaded, catalogue_.models.find(loaded.description.model).help);
  return 0;
}

}  // namespace scanline::train
