#include "scanline/train/report/detail/mistakes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "scanline/framework/core/error.hpp"

namespace scanline::train {

std::vector<Mistake> find_mistakes(const Answers& answers, const datasets::Dataset& images) {
  const auto classes = static_cast<Index>(images.class_names.size());
  if (answers.labels.size() > images.count ||
      answers.logits.shape() != Shape{answers.labels.size(), classes})
    throw Error(fmt::format("mistakes: needs logits of at most {} images and {} classes, got {}",
                            images.count, classes, to_string(answers.logits.shape())));
  const Array values = answers.logits.to(DType::float64);
  std::vector<Mistake> mistakes;
  for (Index i = 0; i < answers.labels.size(); ++i) {
    const double* row = values.data<double>() + i * classes;
    const double* winner = std::max_element(row, row + classes);
    const auto truth = static_cast<std::size_t>(answers.labels.data<std::int64_t>()[i]);
    const auto answer = static_cast<std::size_t>(winner - row);
    if (answer == truth) continue;
    double sum = 0;  // of exp(logit - winner): the inverse of the winning probability
    for (Index c = 0; c < classes; ++c) sum += std::exp(row[c] - *winner);
    mistakes.push_back({i, truth, answer, 1 / sum});
  }
  std::stable_sort(mistakes.begin(), mistakes.end(), [](const Mistake& a, const Mistake& b) {
    return a.probability > b.probability;
  });
  return mistakes;
}

std::string mistakes_document(const std::vector<std::string>& class_names, std::size_t total,
                              std::size_t count, const nlohmann::ordered_json& worst) {
  using Json = nlohmann::ordered_json;
  return Json{{"classes", class_names}, {"total", total}, {"count", count}, {"worst", worst}}.dump(
             -1, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace) +
         "\n";
}

std::string mistakes_json(const Answers& answers, const datasets::Dataset& images) {
  using Json = nlohmann::ordered_json;
  const std::vector<Mistake> mistakes = find_mistakes(answers, images);
  Json worst = Json::array();
  for (std::size_t i = 0; i < std::min(mistakes.size(), most_mistakes); ++i) {
    const auto& [image, truth, answer, probability] = mistakes[i];
    const Array row = answers.logits.rows(image, image + 1).to(DType::float64);
    const double* logits = row.data<double>();
    std::vector<double> probabilities;
    for (Index c = 0; c < row.size(); ++c)
      probabilities.push_back(probability * std::exp(logits[c] - logits[answer]));
    Json rows = Json::array();
    for (Index y = 0; y < images.rows; ++y) {
      const auto begin = images.pixels.begin() + (image * images.rows + y) * images.columns;
      rows.push_back(std::vector<int>(begin, begin + images.columns));
    }
    worst.push_back({{"position", image},
                     {"truth", truth},
                     {"answer", answer},
                     {"probabilities", probabilities},
                     {"image", rows}});
  }
  return mistakes_document(images.class_names, static_cast<std::size_t>(answers.labels.size()),
                           mistakes.size(), worst);
}

}  // namespace scanline::train
