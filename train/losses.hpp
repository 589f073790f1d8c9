#pragma once

#include <string>
#include <vector>

#include "scanline/framework/autograd/tensor.hpp"
#include "scanline/framework/core/fields.hpp"
#include "scanline/framework/core/registry.hpp"
#include "scanline/models/line_reader.hpp"

namespace scanline::train {

/// A loss, which training minimizes.
class Loss {
 public:
  virtual ~Loss() = default;
  /// The mean over a batch, a scalar: logits (B, C), labels (B,) int64 from 0 to C - 1.
  virtual Tensor operator()(const Tensor& logits, const Array& labels) const = 0;
  /// Whether some images count more than others in the mean over a batch.
  virtual bool has_weights() const { return false; }
  /// The weight of images with these labels in the mean over a batch; their number by default. If
  /// a batch is computed in parts, each part's mean counts in proportion to its weight.
  virtual double weight_of(const Array& labels) const {
    return static_cast<double>(labels.shape()[0]);
  }
  /// Called once before training with the number of training images of each class, for a loss that
  /// depends on them.
  virtual void set_class_counts(const std::vector<Index>&) {}
};

/// A loss in which classes can have weights.
class WeightedLoss : public Loss {
 public:
  /// The options.
  struct Options {
    /// "none", or "balanced" for weights that are inversely proportional to the class counts.
    std::string class_weights = "none";

    /// Declares class-weights.
    void declare(Fields& fields);
  };
  /// A loss without weights before `set_class_counts`.
  explicit WeightedLoss(const Options& options) : options_(options) {}

  /// Computes balanced weights as scikit-learn does: N / (C N_c) for class c, if N_c of N images
  /// are of that class and there are C classes; 0 for a class without images.
  void set_class_counts(const std::vector<Index>& counts) override;
  bool has_weights() const override { return weight_.defined(); }
  /// The sum of the weights of the labels' classes.
  double weight_of(const Array& labels) const override;

 protected:
  /// The weights (C,) float32; undefined without weights.
  const Array& weight() const { return weight_; }

 private:
  Options options_;
  Array weight_;
};

/// The cross-entropy of the softmax of the logits.
class CrossEntropy : public WeightedLoss {
 public:
  /// The options; the defaults are PyTorch's.
  struct Options {
    /// The share of the target probability, from 0 to 1, that is distributed equally over all
    /// classes.
    double label_smoothing = 0;
    /// The weights of classes.
    WeightedLoss::Options weights = {};

    /// Declares label-smoothing and class-weights.
    void declare(Fields& fields);
  };
  /// A loss with these options.
  explicit CrossEntropy(const Options& options)
      : WeightedLoss(options.weights), label_smoothing_(options.label_smoothing) {}

  Tensor operator()(const Tensor& logits, const Array& labels) const override;

 private:
  double label_smoothing_;
};

/// The focal loss, which counts images less that are classified well already.
class Focal : public WeightedLoss {
 public:
  /// The options; the default is that of Lin et al. (2017, arXiv 1708.02002).
  struct Options {
    /// The exponent gamma: 0 is the cross-entropy, and larger ones count easy images less.
    double focal_gamma = 2;
    /// The weights of classes.
    WeightedLoss::Options weights = {};

    /// Declares focal-gamma and class-weights.
    void declare(Fields& fields);
  };
  /// A loss with these options.
  explicit Focal(const Options& options)
      : WeightedLoss(options.weights), gamma_(options.focal_gamma) {}

  Tensor operator()(const Tensor& logits, const Array& labels) const override;

 private:
  double gamma_;
};

/// A loss of lines of characters. It cannot be computed of single images.
class LineLoss : public Loss {
 public:
  /// The mean over the lines of a batch, a scalar. labels (B, S) int64 has the characters of each
  /// line, and -1 behind them.
  virtual Tensor operator()(const models::LineScores& scores, const Array& labels) const = 0;
  /// @throws Error
  Tensor operator()(const Tensor& logits, const Array& labels) const final;
};

/// The loss of connectionist temporal classification (`ctc_loss`), per character of a line. Lines
/// that have more characters than fit into their steps count as 0.
class Ctc : public LineLoss {
 public:
  using LineLoss::operator();
  Tensor operator()(const models::LineScores& scores, const Array& labels) const override;
};

/// A registry of losses.
using Losses = Registry<Loss>;

/// Returns the rows cross-entropy, focal and ctc. A program may add rows of its own.
Losses losses();

}  // namespace scanline::train
