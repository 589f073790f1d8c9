#include "scanline/train/commands/export_command.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "scanline/export/c_model.hpp"
#include "scanline/framework/core/printable.hpp"
#include "scanline/framework/io/atomic_file.hpp"
#include "scanline/models/line_reader.hpp"
#include "scanline/predict/model_file.hpp"
#include "scanline/train/standard_streams.hpp"

namespace scanline::train {

void ExportCommand::declare(Fields& fields) {
  fields.add_positional("MODEL", options_.model, "Run directory or .safetensors file");
  fields.add("format", options_.format, {"c"}, "Format to write; c: C99 without dependencies");
  fields.add("out", options_.out, "File to write: NAME.c, with NAME.h beside it");
  fields.add("int8", options_.int8, "Store weights as 8-bit integers, in a quarter of the memory");
  fields.add("main", options_.with_main,
             "Add a program that classifies a PGM picture on standard input");
}

int ExportCommand::run() {
  const std::filesystem::path source = options_.out;
  if (source.extension() != ".c")
    throw UsageError(
        fmt::format("--out: expected a file NAME.c, found {}",
                    options_.out.empty() ? "none" : printable(options_.out, longest_quote)));
  std::filesystem::path header = source;
  header.replace_extension(".h");
  const LoadedModel model = load_model(options_.model, catalogue_.models, say);
  const ModelDescription& description = model.description;
  if (dynamic_cast<const models::LineReader*>(model.network.get()) != nullptr)
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
  return 0;
}

}  // namespace scanline::train
