#include "scanline/train/losses.hpp"

#include <numeric>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/ops/activation.hpp"
#include "scanline/framework/ops/ctc.hpp"
#include "scanline/framework/ops/loss.hpp"
#include "scanline/predict/line_reading.hpp"

namespace scanline::train {

void WeightedLoss::Options::declare(Fields& fields) {
  fields.add("class-weights", class_weights, {"none", "balanced"},
             "Weights of the classes in the loss; balanced: all classes count the same");
}

void WeightedLoss::set_class_counts(const std::vector<Index>& counts) {
  if (options_.class_weights == "none") return;
  const auto classes = static_cast<Index>(counts.size());
  weight_ = Array::zeros({classes}, DType::float32);
  const Index images = std::accumulate(counts.begin(), counts.end(), Index{0});
  for (Index c = 0; c < classes; ++c)
    if (const Index own = counts[static_cast<std::size_t>(c)]; own > 0)
      weight_.data<float>()[c] = static_cast<float>(
          static_cast<double>(images) / (static_cast<double>(classes) * static_cast<double>(own)));
}

double WeightedLoss::weight_of(const Array& labels) const {
  if (!has_weights()) return Loss::weight_of(labels);
  double sum = 0;
  for (Index i = 0; i < labels.size(); ++i)
    sum += static_cast<double>(weight_.data<float>()[labels.data<std::int64_t>()[i]]);
  return sum;
}

void CrossEntropy::Options::declare(Fields& fields) {
  fields.add("label-smoothing", label_smoothing, {0, 1}, "Label smoothing; 0: off");
  weights.declare(fields);
}

Tensor CrossEntropy::operator()(const Tensor& logits, const Array& labels) const {
  return cross_entropy(logits, labels, label_smoothing_, weight());
}

void Focal::Options::declare(Fields& fields) {
  fields.add("focal-gamma", focal_gamma, {0, 100},
             "Exponent of the focal loss; the larger it is, the less easy images count");
  weights.declare(fields);
}

Tensor Focal::operator()(const Tensor& logits, const Array& labels) const {
  return focal_loss(logits, labels, gamma_, weight());
}

Tensor LineLoss::operator()(const Tensor&, const Array&) const {
  throw Error("expected lines of characters, found single images");
}

Tensor Ctc::operator()(const models::LineScores& scores, const Array& labels) const {
  return ctc_loss(log_softmax(scores.logits, 2), labels, scores.steps, label_counts(labels),
                  {.blank = scores.logits.size(2) - 1, .zero_infinity = true});
}

Losses losses() {
  return {
      "loss",
      {Losses::entry<CrossEntropy>("cross-entropy", "Cross-entropy of the softmax"),
       Losses::entry<Focal>("focal", "Focal loss, in which easy images count less"),
       Losses::entry<Ctc>("ctc", "Connectionist temporal classification, for lines of digits")}};
}

}  // namespace scanline::train
