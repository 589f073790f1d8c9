#include "scanline/train/losses.hpp"

#include "scanline/framework/ops/loss.hpp"

namespace scanline::train {

void CrossEntropy::Options::declare(Fields& fields) {
  fields.add("label-smoothing", label_smoothing, {0, 1}, "Label smoothing; 0: off");
}

Tensor CrossEntropy::operator()(const Tensor& logits, const Array& labels) const {
  return cross_entropy(logits, labels, options_.label_smoothing);
}

Losses losses() {
  return {"loss", {Losses::entry<CrossEntropy>("cross-entropy", "Cross-entropy of the softmax")}};
}

}  // namespace scanline::train
