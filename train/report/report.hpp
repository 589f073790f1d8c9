#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "scanline/datasets/dataset.hpp"
#include "scanline/framework/core/fields.hpp"
#include "scanline/framework/nn/module.hpp"
#include "scanline/predict/model_file.hpp"
#include "scanline/train/epoch_figures.hpp"
#include "scanline/train/evaluate.hpp"
#include "scanline/train/evaluate_lines.hpp"
#include "scanline/train/report/picture.hpp"

namespace scanline::train {

/// The names of all files that `write_report` may write.
std::vector<std::string> report_files();

/// The results of a run for its report. It refers to objects that have to exist during the call.
struct RunResults {
  const ModelDescription& description;  // of the network
  const nn::Module& network;            // with the weights that were tested
  std::string config;                   // all options, as they stand in config.toml
  Settings options;                     // the same, by name
  std::vector<EpochFigures> epochs;     // in order
  std::string split;                    // which images were tested: "test", "val" or "train"
  std::optional<Picture> samples = {};  // of the training images, with the run's augmentation
};

/// The answers of a run to images. It refers to objects that have to exist during the call.
struct ImageResults {
  const datasets::Dataset& images;  // all there are
  const Answers& answers;           // row i is of image i; there may be fewer
};

/// The answers of a run to lines. It refers to objects that have to exist during the call.
struct LineResults {
  const datasets::Dataset& images;      // that the lines are composed of
  const std::vector<Index>& positions;  // of those images
  const LineAnswers& answers;           // to all lines, in the order of a loader
};

/// A run that has not ended, for its report. It refers to objects that have to exist during the
/// call.
struct RunSoFar {
  const ModelDescription& description;  // of the network
  std::string config;                   // all options, as they stand in config.toml
  Settings options;                     // the same, by name
  std::vector<EpochFigures> epochs;     // those that are done, in order
  Index all_epochs;                     // that the run is to have
};

/// Draws learning_curves as SVG and PNG, and writes a report.html that says that the run has not
/// ended, and that a browser loads again every half minute. `write_report` replaces these files.
/// Each is written atomically. @throws Error when one cannot be written.
void write_live_report(const std::filesystem::path& directory, const RunSoFar& run);

/// Draws the pictures of a run, and writes each as SVG and as PNG into its directory:
/// learning_curves, confusion_matrix, worst_mistakes, samples of the training images if there are
/// some, and, of recurrent networks, input_weights. report.html there holds them too, with all
/// figures and options: one file that needs no other and no network. mistakes.json has the worst
/// mistakes with all probabilities. Each file is written atomically.
/// @throws Error when one cannot be written, or the answers do not fit the test images.
void write_report(const std::filesystem::path& directory, const RunResults& results,
                  const ImageResults& tested);

/// Does the same for a run on lines. There is no confusion matrix, and mistakes.json has the worst
/// mistakes without their images. @throws Error when a file cannot be written.
void write_line_report(const std::filesystem::path& directory, const RunResults& results,
                       const LineResults& tested);

}  // namespace scanline::train
