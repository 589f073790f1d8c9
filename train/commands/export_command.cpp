#include "scanline/train/commands/export_command.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "scanline/datasets/mnist.hpp"
#include "scanline/export/c_model.hpp"
#include "scanline/framework/core/printable.hpp"
#include "scanline/framework/io/atomic_file.hpp"
#include "scanline/models/line_reader.hpp"
#include "scanline/train/standard_streams.hpp"

namespace scanline::train {

void ExportCommand::declare(Fields& fields) {
  fields.add_positional("MODEL", options_.model, "Run directory, .safetensors or .onnx file");
  fields.add("format", options_.format, {"c", "onnx"},
             "Format to write; c: C99 without dependencies; onnx: for ONNX Runtime and the like");
  fields.add("out", options_.out, "File to write: NAME.onnx, or NAME.c, with NAME.h beside it");
  fields.add("int8", options_.int8,
             "Store weights as 8-bit integers, in a quarter of the memory (C only)");
  fields.add("main", options_.with_main,
             "Add a program that classifies a PGM picture on standard input (C only)");
}

int ExportCommand::run() {
  const std::string extension = "." + options_.format;
  if (std::filesystem::path(options_.out).extension() != extension)
    throw UsageError(
        fmt::format("--out: expected a file NAME{}, found {}", extension,
                    options_.out.empty() ? "none" : printable(options_.out, longest_quote)));
  if (options_.format == "onnx")
    write_onnx();
  else
    write_c();
  return 0;
}

LoadedModel ExportCommand::load() const {
  LoadedModel model = load_model(options_.model, catalogue_.models, say);
  ModelDescription& description = model.description;
  // As `predict` normalizes.
  const auto [mean, deviation] = normalization_of(description, datasets::mnist_normalization);
  description.mean = mean;
  description.standard_deviation = deviation;
  return model;
}

void ExportCommand::write_c() const {
  const std::filesystem::path source = options_.out;
  std::filesystem::path header = source;
  header.replace_extension(".h");
  const LoadedModel model = load();
  const ModelDescription& description = model.description;
  if (models::reads_lines(*model.network))
    throw Error(
        fmt::format("{} cannot be written as C: it reads lines of any width", description.model));
  const exporting::CFiles files = exporting::to_c(
      {.model = description.model,
       .task = description.task,
       .mean = description.mean,
       .standard_deviation = description.standard_deviation,
       .class_names = description.class_names,
       .tensors = model.network->state_dict()},
      {.name = source.stem().string(), .int8 = options_.int8, .with_main = options_.with_main});
  io::write_files_atomically({{header, files.header}, {source, files.source}});
  say(fmt::format("wrote {} and {}", source.string(), header.string()));
}

#ifdef SCANLINE_ONNX

void ExportCommand::write_onnx() const {
  if (options_.int8 || options_.with_main)
    throw UsageError(fmt::format("--{}: only with --format c", options_.int8 ? "int8" : "main"));
  const LoadedModel model = load();
  const ModelDescription& description = model.description;
  const std::string content =
      exporting::to_onnx(*model.network,
                         {.model = description.model,
                          .task = description.task,
                          .mean = description.mean,
                          .standard_deviation = description.standard_deviation,
                          .metadata = to_metadata(description)},
                         catalogue_.onnx_operators);
  io::write_file_atomically(options_.out, {content});
  say(fmt::format("wrote {}", options_.out));
}

#else

void ExportCommand::write_onnx() const {
  throw Error(
      "export: this build cannot write ONNX: install ONNX and protobuf (libonnx-dev, "
      "libprotobuf-dev) and configure with -D SCANLINE_ONNX=ON");
}

#endif

}  // namespace scanline::train
