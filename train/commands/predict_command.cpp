#include "scanline/train/commands/predict_command.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "scanline/datasets/digit.hpp"
#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/parallel.hpp"
#include "scanline/train/prediction_inputs.hpp"
#include "scanline/train/predictions.hpp"
#include "scanline/train/standard_streams.hpp"

namespace scanline::train {
namespace {

/// Draws an image with half blocks, two rows of pixels on each line. Below it, there is a bracket
/// for each pair of columns in `marks`.
void draw(const datasets::Image& image, const std::vector<Index>& marks) {
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
  if (marks.empty()) return;
  std::vector<std::string> brackets(static_cast<std::size_t>(image.columns) + 1, " ");
  for (std::size_t i = 0; i + 1 < marks.size(); i += 2) {
    const auto begin = static_cast<std::size_t>(marks[i]);
    const std::size_t last = std::max(static_cast<std::size_t>(marks[i + 1]), begin + 2) - 1;
    for (std::size_t c = begin; c <= last && c < brackets.size(); ++c)
      brackets[c] = c == begin ? "└" : c == last ? "┘" : "─";
  }
  fmt::print("{}\n", fmt::join(brackets, ""));
}

/// The columns of a line's image at which its digits begin and end.
std::vector<Index> marks(const Answer& answer, const datasets::PicturePart& part) {
  std::vector<Index> columns;
  const Index margin = part.box ? datasets::line_margin(part.image.rows) : 0;
  const double left = part.box ? part.box->left : 0;
  const double width = part.box ? part.box->width() : static_cast<double>(part.image.columns);
  for (const DigitAnswer& digit : answer.digits)
    for (const double side : {digit.box.left, digit.box.right}) {
      const double share = (side - left) / width;
      const auto ink = static_cast<double>(part.image.columns - 2 * margin);
      columns.push_back(margin + std::lround(share * ink));
    }
  return columns;
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
    for (const std::string& note : batch->notes) say(note);
    // All parts at once, which takes less time than a call for each picture.
    std::vector<datasets::PicturePart> all;
    for (const auto& parts : batch->parts) all.insert(all.end(), parts.begin(), parts.end());
    std::vector<Answer> answers = answer(predictor, all);
    std::size_t next = 0;
    for (std::size_t i = 0; i < batch->names.size(); ++i) {
      const auto count = static_cast<Index>(batch->parts[i].size());
      const bool are_digits = count > 1 && !predictor.reads_lines();
      if (are_digits)
        say(fmt::format(
            "{}: found {} digits; each is answered, line by line and from left to right",
            batch->names[i], count));
      if (count > 1 && options_.format == "kaggle") has_failed = true;
      for (Index number = 1; number <= count; ++number, ++next) {
        answers[next].number = number;
        answers[next].count = count;
        fmt::print("{}", format->record(batch->names[i], answers[next]));
        if (options_.show) draw(all[next].image, marks(answers[next], all[next]));
      }
    }
    flush_standard_output();
  }
  // The images are numbered, so that one without a prediction would shift the others.
  if (has_failed && options_.format == "kaggle")
    throw Error(
        "--format kaggle: expected one prediction for each image, found none or several for "
        "some");
  fmt::print("{}", format->footer());
  return has_failed ? 1 : 0;
}

}  // namespace scanline::train
