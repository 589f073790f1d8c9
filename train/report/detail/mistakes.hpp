#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "scanline/datasets/dataset.hpp"
#include "scanline/train/evaluate.hpp"
#include "scanline/train/evaluate_lines.hpp"

namespace scanline::train {

/// A wrong prediction.
struct Mistake {
  Index image;                ///< Its position among the images.
  std::size_t truth, answer;  ///< The true class and the predicted one.
  double probability;         ///< That of the predicted class.
};

/// The number of mistakes that are shown at most.
inline constexpr std::size_t most_mistakes = 40;

/// All wrong predictions, the most certain ones first; of equal ones, the first image. Row i of the
/// answers is of image i; there may be more images than answers.
/// @throws Error for more answers than images, or another number of classes.
std::vector<Mistake> find_mistakes(const Answers& answers, const datasets::Dataset& images);

/// mistakes.json of a run: the worst of `count` mistakes among `total` answers.
std::string mistakes_document(const std::vector<std::string>& class_names, std::size_t total,
                              std::size_t count, const nlohmann::ordered_json& worst);

/// The worst mistakes with their images and all probabilities, as JSON. It is mistakes.json of a
/// run. @throws Error as `find_mistakes` does.
std::string mistakes_json(const Answers& answers, const datasets::Dataset& images);

/// The lines that were read wrong with the highest probability: their number, the truth, the answer
/// and its probability.
std::string line_mistakes_json(const LineAnswers& answers,
                               const std::vector<std::string>& class_names);

}  // namespace scanline::train
