#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "scanline/datasets/registry.hpp"
#include "scanline/predict/predictor.hpp"

namespace scanline::train {

/// Pictures and images that are prepared for a model, and their names.
struct PredictionBatch {
  std::vector<std::string> names;  ///< Names of the pictures or images.
  /// What is in each of them, at least one part: the digits of a picture, or an image as a whole.
  std::vector<std::vector<datasets::PicturePart>> parts;
  std::vector<std::string> notes;  ///< What the user should know of some of them.
};

/// The images that a model is asked to classify, a few hundred at a time. Each input is
///
/// - a picture, whose name is its path,
/// - a directory: all files in it and in its subdirectories whose names end as those of pictures
///   do, sorted by path; names that begin with a dot are skipped,
/// - `-`: a picture on standard input,
/// - or a dataset file (.csv, .tsv, .npz or IDX, gzipped or not): its test part or, where it has
///   none, all of it. Images need no labels; labels that are there have to be classes of the
///   model. The names of its images are the path, a colon and their number, counted from 1.
class PredictionInputs {
 public:
  /// Is told why an input cannot be read.
  using OnError = std::function<void(const std::string& message)>;

  /// Lists the directories among the inputs. Predictor and registry have to outlive this object.
  PredictionInputs(const std::vector<std::string>& inputs, const Predictor& predictor,
                   const datasets::Sources& formats, OnError on_error);

  /// The next images, at least one; nothing at the end. Inputs that cannot be read are left out.
  /// Pictures are prepared by all threads.
  std::optional<PredictionBatch> next();

 private:
  void add_directory(const std::filesystem::path& directory);
  PredictionBatch next_pictures();
  PredictionBatch next_of_dataset();

  const Predictor& predictor_;
  const datasets::Sources& formats_;
  OnError on_error_;
  std::vector<std::string> inputs_;           // without directories
  std::size_t next_ = 0;                      // of these
  std::optional<datasets::Dataset> dataset_;  // of the input before that one, if it has images left
  Index position_ = 0;                        // of its next image
};

}  // namespace scanline::train
