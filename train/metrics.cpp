#include "scanline/train/metrics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "scanline/framework/core/error.hpp"

namespace scanline::train {
namespace {

constexpr std::size_t calibration_bins = 15;

double quotient(double numerator, double denominator) {
  return denominator == 0 ? 0 : numerator / denominator;
}

}  // namespace

Metrics::Metrics(Index classes)
    : confusion_(static_cast<std::size_t>(classes),
                 std::vector<Index>(static_cast<std::size_t>(classes))),
      bins_(calibration_bins) {}

void Metrics::add(const Array& logits, const Array& labels) {
  const auto classes = static_cast<Index>(confusion_.size());
  if (logits.shape() != Shape{labels.size(), classes})
    throw Error(fmt::format("metrics: needs logits ({}, {}), got {}", labels.size(), classes,
                            to_string(logits.shape())));
  const Array values = logits.to(DType::float64);
  for (Index i = 0; i < labels.size(); ++i) {
    const double* row = values.data<double>() + i * classes;
    const double* winner = std::max_element(row, row + classes);
    double sum = 0;  // of exp(logit - winner): the inverse of the winning probability
    for (Index c = 0; c < classes; ++c) sum += std::exp(row[c] - *winner);
    const auto truth = static_cast<std::size_t>(labels.data<std::int64_t>()[i]);
    const auto answer = static_cast<std::size_t>(winner - row);
    loss_ += std::log(sum) + *winner - row[truth];
    ++confusion_[truth][answer];
    const double confidence = 1 / sum;
    const auto bin = static_cast<std::size_t>(confidence * static_cast<double>(calibration_bins));
    Bin& own = bins_[std::min(bin, calibration_bins - 1)];
    own.confidence += confidence;
    own.correct += truth == answer ? 1 : 0;
    ++own.total;
    ++total_;
  }
}

Index Metrics::correct() const {
  Index count = 0;
  for (std::size_t c = 0; c < confusion_.size(); ++c) count += confusion_[c][c];
  return count;
}

double Metrics::accuracy() const {
  return quotient(static_cast<double>(correct()), static_cast<double>(total_));
}

double Metrics::loss() const { return quotient(loss_, static_cast<double>(total_)); }

double Metrics::calibration_error() const {
  double distance = 0;
  for (const Bin& bin : bins_)
    distance += std::abs(bin.confidence - static_cast<double>(bin.correct));
  return quotient(distance, static_cast<double>(total_));
}

std::vector<ClassFigures> Metrics::classes() const {
  std::vector<ClassFigures> result;
  for (std::size_t c = 0; c < confusion_.size(); ++c) {
    Index support = 0, called = 0;
    for (std::size_t other = 0; other < confusion_.size(); ++other) {
      support += confusion_[c][other];
      called += confusion_[other][c];
    }
    const auto hits = static_cast<double>(confusion_[c][c]);
    const double precision = quotient(hits, static_cast<double>(called));
    const double recall = quotient(hits, static_cast<double>(support));
    result.push_back(
        {precision, recall, quotient(2 * precision * recall, precision + recall), support});
  }
  return result;
}

double Score::accuracy() const {
  return quotient(static_cast<double>(correct), static_cast<double>(total));
}

nlohmann::ordered_json to_json(const Score& score) {
  nlohmann::ordered_json figures{{"accuracy", score.accuracy()},
                                 {"loss", score.loss},
                                 {"correct", score.correct},
                                 {"total", score.total}};
  if (score.digit_error) figures["digit_error"] = *score.digit_error;
  return figures;
}

std::string result_line(const std::string& split, const Score& score) {
  // The sign of what is not a number is left to chance.
  const std::string line =
      fmt::format("{} accuracy {:.4f} ({}/{}) loss {:.4f}", split, score.accuracy(), score.correct,
                  score.total, std::isnan(score.loss) ? NAN : score.loss);
  return score.digit_error ? fmt::format("{} digit error {:.4f}", line, *score.digit_error) : line;
}

Interval confidence_interval(Index correct, Index total) {
  constexpr double z = 1.959964;  // of the normal distribution, 95 % lie between -z and z
  const auto n = static_cast<double>(total);
  const double p = static_cast<double>(correct) / n;
  const double centre = p + z * z / (2 * n);
  const double spread = z * std::sqrt(p * (1 - p) / n + z * z / (4 * n * n));
  const double scale = 1 + z * z / n;
  return {(centre - spread) / scale, (centre + spread) / scale};
}

}  // namespace scanline::train
