#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "scanline/predict/predictor.hpp"

namespace scanline::train {

/// A digit of a line that was read.
struct DigitAnswer {
  std::string class_name;  ///< Its class.
  double probability = 0;  ///< That of the class.
  datasets::Box box;       ///< Where it is in the picture.
};

/// What a model says of an image, or of a part of a picture.
struct Answer {
  std::string text;                  ///< The class or, of a line, the classes of its digits.
  double probability = 0;            ///< That of the class, or of the whole line.
  std::vector<float> probabilities;  ///< Those of all classes; empty for a line.
  std::optional<datasets::Box> box;  ///< The part of the picture; nothing for all of it.
  Index line = 1;                    ///< The line of the picture, counted from 1.
  Index number = 1;                  ///< Which of the picture's answers this is, from 1.
  Index count = 1;                   ///< How many answers the picture has.
  std::vector<DigitAnswer> digits;   ///< Those of a line.
};

/// What a model says of an image.
Answer to_answer(const Prediction& prediction);
/// Classifies parts of pictures or, with a model that reads lines, reads them. Callers that know
/// which parts belong to one picture set `number` and `count`.
/// @throws Error as `Predictor` does.
std::vector<Answer> answer(const Predictor& predictor,
                           const std::vector<datasets::PicturePart>& parts);

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
  virtual std::string record(const std::string& name, const Answer& answer) = 0;
  /// The text behind all records.
  virtual std::string footer() { return ""; }
};

/// Makes a format of that name for a model with these classes. Control characters in names become
/// escapes. With `text` and `csv`, an image has its name, its class and the probability of this
/// class. With `json` and `jsonl`, it has the probabilities of all classes. With `kaggle`, it has
/// its number, counted from 1, and its class; all records are in the footer, so that nothing is
/// printed if there is an error before. Digits that are in one picture have a record each, and say
/// which of them they are; a line that was read has one record.
/// @throws Error for an unknown name.
std::unique_ptr<PredictionFormat> make_prediction_format(
    const std::string& name, const std::vector<std::string>& class_names);

}  // namespace scanline::train
