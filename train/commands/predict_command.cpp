#include "scanline/train/commands/predict_command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "scanline/datasets/folder.hpp"
#include "scanline/datasets/digit.hpp"
#include "scanline/datasets/split.hpp"
#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/parallel.hpp"
#include "scanline/framework/core/printable.hpp"
#include "scanline/framework/ops/activation.hpp"
#include "scanline/train/evaluate.hpp"
#include "scanline/train/model_file.hpp"
#include "scanline/train/standard_streams.hpp"

namespace scanline::train {
namespace {

constexpr Index batch_size = 500;

/// Draws an image with half blocks, two rows of pixels on each line.
void draw(const std::uint8_t* pixels, Index rows, Index columns) {
  const auto is_bright = [&](Index row, Index column) {
    return row < rows && pixels[row * columns + column] > 85;
  };
  for (Index row = 0; row < rows; row += 2) {
    for (Index column = 0; column < columns; ++column) {
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
  fields.add("show", options_.show, "Draw what the network sees");
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
  std::vector<LoadedModel> models;
  models.push_back(load_model(options.model, catalogue_.models));
  const ModelDescription& description = models.front().description;
  datasets::ImageDataset images = datasets::describe("mnist");
  if (description.task.rows != images.rows || description.task.columns != images.columns)
    throw Error(fmt::format("{}: made for {}x{} images, but pictures are prepared as {}x{}",
                            options.model, description.task.rows, description.task.columns,
                            images.rows, images.columns));

  std::vector<std::string> files;  // that could be read
  for (const std::string& file : options.images) {
    try {
      datasets::append(images, datasets::read_digit(file).pixels, /*label=*/0);
      files.push_back(file);
    } catch (const Error& error) {
      say(error.what());
    }
  }

  const Answers answers =
      answer_together(models, images, datasets::all_positions(images), batch_size);
  const Array probabilities = softmax(Tensor(answers.logits), 1).value();
  const std::vector<std::string>& names = description.class_names;
  nlohmann::ordered_json records = nlohmann::ordered_json::array();
  for (std::size_t i = 0; i < files.size(); ++i) {
    const float* row = probabilities.data<float>() + i * names.size();
    const float* winner = std::max_element(row, row + names.size());
    const std::string& name = names[static_cast<std::size_t>(winner - row)];
    if (options.json) {
      records.push_back({{"file", files[i]},
                         {"class", name},
                         {"probabilities", std::vector<float>(row, row + names.size())}});
      continue;
    }
    fmt::print("{}  {}  {:.4f}\n", printable(files[i]), printable(name), *winner);
    const Index pixels = static_cast<Index>(i) * images.rows * images.columns;
    if (options.show) draw(images.pixels.data() + pixels, images.rows, images.columns);
  }
  if (options.json)
    // A file's name need not be UTF-8. ASCII has no characters that command a terminal but those
    // that JSON escapes.
    fmt::print("{}\n", nlohmann::ordered_json{{"classes", names}, {"images", records}}.dump(
                           2, ' ', /*ensure_ascii=*/true,
                           nlohmann::ordered_json::error_handler_t::replace));
  return files.size() == options.images.size() ? 0 : 1;
}

}  // namespace scanline::train
