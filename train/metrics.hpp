#pragma once

#include <string>
#include <vector>

#include "scanline/framework/core/array.hpp"

namespace scanline::train {

/// How well one class is told from the others. A quotient of nothing by nothing counts as 0.
struct ClassFigures {
  double precision;  // of the images called so, how many are
  double recall;     // of the images that are so, how many were called so
  double f1;         // harmonic mean of the two
  Index support;     // images of this class
};

/// What can be said of a classifier's answers, gathered batch by batch.
class Metrics {
 public:
  /// Nothing gathered yet.
  explicit Metrics(Index classes);

  /// Counts a batch: logits (B, classes), labels (B,) int64. Of equal logits the first wins.
  /// @throws Error when the shapes do not fit.
  void add(const Array& logits, const Array& labels);

  /// Images counted.
  Index total() const { return total_; }
  /// Images answered rightly.
  Index correct() const;
  /// Their share; 0 without images.
  double accuracy() const;
  /// Mean cross-entropy, without label smoothing.
  double loss() const;
  /// Expected calibration error: in 15 equal bins of the winning probability, the mean distance
  /// between that probability and the accuracy, weighted by the images in the bin (Guo et al.
  /// 2017, arXiv 1706.04599).
  double calibration_error() const;
  /// Images of true class r that were called c, at [r][c].
  const std::vector<std::vector<Index>>& confusion() const { return confusion_; }
  /// One for each class.
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

/// "accuracy 0.9912 (9912/10000) loss 0.0301", after what it was measured on: "test".
std::string result_line(const std::string& split, Index correct, Index total, double loss);

/// Between which the probability of success lies, with a confidence of 95 %, of which `correct` of
/// `total` trials are a sample: Wilson's interval (1927).
struct Interval {
  double low,  // from 0
      high;    // to 1
};
/// The interval of that sample; `total` is above 0.
Interval confidence_interval(Index correct, Index total);

}  // namespace scanline::train
