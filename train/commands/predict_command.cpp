#include "scanline/train/commands/predict_command.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/parallel.hpp"
#include "scanline/framework/core/printable.hpp"
#include "scanline/train/predictor.hpp"
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
  fields.add_positional("MODEL", options_.model, "Run directory or .safetensors file");
  fields.add_positional("IMAGE", options_.images, "PNG, JPEG, BMP, PGM or PPM files");
  fields.add("json", options_.json, "Print one JSON document, with all probabilities");
  fields.add("show", options_.show, "Draw the image that the network sees");
  fields.add("threads", options_.threads, {0, 1024}, "Threads; 0: all cores");
}

void PredictCommand::read(const Fields& fields, const Arguments& arguments) {
  Command::read(fields, arguments);
  if (options_.json && options_.show)
    throw UsageError("--json and --show cannot be combined: a drawing is not JSON");
}

int PredictCommand::run() {
  const PredictOptions& options = options_;
  if (options.threads > 0) set_thread_count(options.threads);
  Predictor predictor(options.model, catalogue_.models);

  std::vector<std::string> files;  // that could be read
  std::vector<datasets::Image> images;
  for (const std::string& file : options.images) {
    try {
      images.push_back(predictor.prepare(file));
      files.push_back(file);
    } catch (const Error& error) {
      say(error.what());
    }
  }

  const std::vector<Prediction> predictions = predictor.predict(images);
  nlohmann::ordered_json records = nlohmann::ordered_json::array();
  for (std::size_t i = 0; i < files.size(); ++i) {
    const auto& [class_index, class_name, probabilities] = predictions[i];
    if (options.json) {
      records.push_back(
          {{"file", files[i]}, {"class", class_name}, {"probabilities", probabilities}});
      continue;
    }
    fmt::print("{}  {}  {:.4f}\n", printable(files[i]), printable(class_name),
               probabilities[static_cast<std::size_t>(class_index)]);
    if (options.show) draw(images[i]);
  }
  if (options.json)
    // A file's name need not be UTF-8. ASCII has no characters that command a terminal but those
    // that JSON escapes.
    fmt::print("{}\n", nlohmann::ordered_json{{"classes", predictor.description().class_names},
                                              {"images", records}}
                           .dump(2, ' ', /*ensure_ascii=*/true,
                                 nlohmann::ordered_json::error_handler_t::replace));
  return files.size() == options.images.size() ? 0 : 1;
}

}  // namespace scanline::train
