#include "scanline/train/commands/predict_command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/parallel.hpp"
#include "scanline/train/prediction_inputs.hpp"
#include "scanline/train/predictions.hpp"
#include "scanline/train/standard_streams.hpp"

namespace scanline::train {
namespace {

/// Draws an image with half blocks, two rows of pixels on each line.
void draw(const datasets::Image& image) {
  const auto is_bright = [&](Index row, Index column) {
    return row < image.rows &&
           image.pixels[static_cast<std::size_t>(row * image.columns + column)] > 85;
  };
  for (Index row = 0; row < image.rows; row += 2) {
    for (Index column = 0; column < image.columns; ++column) {
      const bool upper = is_bright(row, column), lower = is_bright(row + 1, column);
      fmt::print("{}", upper && lower ? "█" : upper ? "▀" : lower ? "▄" : " ");
    }
    fmt::print("\n");
  }
}

}  // namespace

void PredictCommand::declare(Fields& fields) {
  fields.add_positional("MODEL", options_.model, "Run directory, .safetensors or .onnx file");
  fields.add_positional(
      "INPUT", options_.inputs,
      "Pictures (PNG, JPEG, BMP, GIF, PBM, PGM or PPM), directories of pictures, - "
      "for a picture on standard input, or dataset files (CSV, TSV, IDX, NPZ)");
  fields.add("format", options_.format, prediction_formats(), "Format of the predictions");
  fields.add("json", options_.json, "The same as --format json");
  fields.add("show", options_.show, "Draw the image that the network sees");
  fields.add("threads", options_.threads, {0, 1024}, "Threads; 0: all cores");
}

void PredictCommand::read(const Fields& fields, const Arguments& arguments) {
  Command::read(fields, arguments);
  if (options_.json && arguments.contains("format") && options_.format != "json")
    throw UsageError(fmt::format(
        "--json and --format {} cannot be combined: --json is --format json", options_.format));
  if (options_.json) options_.format = "json";
  if (options_.show && options_.format != "text")
    throw UsageError(fmt::format("{} and --show cannot be combined: a drawing is text",
                                 options_.json ? "--json" : "--format " + options_.format));
  if (std::count(options_.inputs.begin(), options_.inputs.end(), "-") > 1)
    throw UsageError("INPUT: expected '-' once, as standard input is one picture");
}

int PredictCommand::run() {
  if (options_.threads > 0) set_thread_count(options_.threads);
  const Predictor predictor(options_.model, catalogue_.models, say);
  const std::unique_ptr<PredictionFormat> format =
      make_prediction_format(options_.format, predictor.description().class_names);
  bool has_failed = false;
  PredictionInputs inputs(options_.inputs, predictor, catalogue_.datasets,
                          [&](const std::string& message) {
                            has_failed = true;
                            say(message);
                          });
  fmt::print("{}", format->header());
  while (const std::optional<PredictionBatch> batch = inputs.next()) {
    const std::vector<Prediction> predictions = predictor.predict(batch->images);
    for (std::size_t i = 0; i < predictions.size(); ++i) {
      fmt::print("{}", format->record(batch->names[i], predictions[i]));
      if (options_.show) draw(batch->images[i]);
    }
    flush_standard_output();
  }
  // The images are numbered, so that one without a prediction would shift the others.
  if (has_failed && options_.format == "kaggle")
    throw Error("--format kaggle: expected a prediction for each image, found some without one");
  fmt::print("{}", format->footer());
  return has_failed ? 1 : 0;
}

}  // namespace scanline::train
