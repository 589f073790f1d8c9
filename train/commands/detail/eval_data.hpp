#pragma once

#include <optional>
#include <string>
#include <vector>

#include "scanline/predict/model_file.hpp"
#include "scanline/train/commands/eval_command.hpp"
#include "scanline/train/progress.hpp"
#include "scanline/train/run_data.hpp"

namespace scanline::train {

/// The split that is tested on.
std::string split_of(const EvalOptions& options);

/// Where to find the images to test a model on, and which of them to take.
struct EvalSource {
  std::string dataset = {};
  Settings options = {};  // of the dataset
  std::string directory = {};
  std::optional<HeldOut> held_out = {};  // in training
  bool tests_all = false;  // whether all images are tested where there is no test part
  bool skip_bad = false;
  datasets::ImageSize size = {};  // of the model's images
  datasets::PreparationKind preparation = datasets::PreparationKind::none;
  bool operator==(const EvalSource&) const = default;
};

/// What the options say, or else what the model was trained on. Images are prepared as the model
/// needs them in either case.
/// @throws Error for a dataset or options that are unknown.
EvalSource source_of(const std::string& model, const ModelDescription& description,
                     const EvalOptions& options, const Catalogue& catalogue);

/// What tells the images of several models apart: the dataset of each, and those of its options and
/// its directory that another one with this dataset has otherwise. Empty if all have the same.
/// @throws Error for a directory that cannot be read.
std::vector<std::string> differences(const std::vector<EvalSource>& sources,
                                     const Catalogue& catalogue);

/// The images to test on.
struct EvalExamples {
  datasets::Dataset images;
  std::vector<Index> positions;           // in these
  datasets::Normalization normalization;  // for models that do not know theirs
  std::string note;                       // which images these are; empty where the options say it
};

/// Reads the images, and shows how far this is.
/// @throws Error when there are none to test on, or when they cannot be read.
EvalExamples read_examples(const EvalSource& source, const EvalOptions& options,
                           const ModelDescription& description, const Catalogue& catalogue,
                           Progress& progress);

}  // namespace scanline::train
