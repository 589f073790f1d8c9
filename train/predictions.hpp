#pragma once

#include <memory>
#include <string>
#include <vector>

#include "scanline/predict/predictor.hpp"

namespace scanline::train {

/// The names of the formats in which `scanline predict` prints predictions: text, csv, json, jsonl
/// and kaggle.
std::vector<std::string> prediction_formats();

/// Predictions as text in one of these formats: `header()`, a `record` for each image, and
/// `footer()`, one after the other.
class PredictionFormat {
 public:
  virtual ~PredictionFormat() = default;
  /// The text before all records.
  virtual std::string header() { return ""; }
  /// The text for an image; empty where it is a part of the footer. `name` is that of the image.
  virtual std::string record(const std::string& name, const Prediction& prediction) = 0;
  /// The text behind all records.
  virtual std::string footer() { return ""; }
};

/// Makes a format of that name for a model with these classes. Control characters in names become
/// escapes. With `text` and `csv`, an image has its name, its class and the probability of this
/// class. With `json` and `jsonl`, it has the probabilities of all classes. With `kaggle`, it has
/// its number, counted from 1, and its class; all records are in the footer, so that nothing is
/// printed if there is an error before.
/// @throws Error for an unknown name.
std::unique_ptr<PredictionFormat> make_prediction_format(
    const std::string& name, const std::vector<std::string>& class_names);

}  // namespace scanline::train
