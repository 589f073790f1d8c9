#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "scanline/framework/core/array.hpp"

namespace scanline::train {

/// The metrics of one class. A quotient 0 / 0 counts as 0.
struct ClassFigures {
  double precision;  // share of the images predicted as this class that belong to it
  double recall;     // share of the images of this class that were predicted as it
  double f1;         // harmonic mean of the two
  Index support;     // images of this class
};

/// How good a network is, in the figures that all results have.
struct Score {
  Index correct = 0;  ///< The number of images, or lines, that were answered right.
  Index total = 0;    ///< The number of all of them.
  double loss = 0;    ///< The mean loss.
  /// Of lines: the edit distance between answers and truth over the number of true digits.
  std::optional<double> digit_error = {};

  /// The share that was answered right; 0 of none.
  double accuracy() const;
};

/// The metrics of a classifier's predictions, accumulated batch by batch.
class Metrics {
 public:
  /// Metrics of no images yet.
  explicit Metrics(Index classes);

  /// Adds a batch: logits (B, classes), labels (B,) int64. The first of several largest logits is
  /// the prediction.
  /// @throws Error when the shapes do not fit.
  void add(const Array& logits, const Array& labels);

  /// The number of images.
  Index total() const { return total_; }
  /// The number of correct predictions.
  Index correct() const;
  /// The share of correct predictions; 0 without images.
  double accuracy() const;
  /// Mean cross-entropy, without label smoothing.
  double loss() const;
  /// The figures that all results have.
  Score score() const { return {.correct = correct(), .total = total(), .loss = loss()}; }
  /// The expected calibration error (Guo et al. 2017, arXiv 1706.04599): the mean difference
  /// between the probability of the predicted class and the accuracy, in 15 equal bins of that
  /// probability, weighted by the number of images in the bin.
  double calibration_error() const;
  /// The number of images of true class r that were predicted as class c, at [r][c].
  const std::vector<std::vector<Index>>& confusion() const { return confusion_; }
  /// The metrics of each class.
  std::vector<ClassFigures> classes() const;

 private:
  struct Bin {
    double confidence = 0;  // summed
    Index correct = 0, total = 0;
  };

  std::vector<std::vector<Index>> confusion_;
  std::vector<Bin> bins_;
  double loss_ = 0;  // summed
  Index total_ = 0;
};

/// The accuracy, the loss, the numbers of right answers and of all, and the digit error if there is
/// one, under the names `accuracy`, `loss`, `correct`, `total` and `digit_error`.
nlohmann::ordered_json to_json(const Score& score);

/// The result in one line: "test accuracy 0.9912 (9912/10000) loss 0.0301" for the split "test",
/// and for lines "digit error 0.0031" behind that.
std::string result_line(const std::string& split, const Score& score);

/// A 95 % confidence interval of a probability: Wilson's score interval (1927).
struct Interval {
  double low,  // from 0
      high;    // to 1
};
/// The interval for `correct` successes in `total` trials, where `total` is above 0.
Interval confidence_interval(Index correct, Index total);

}  // namespace scanline::train
