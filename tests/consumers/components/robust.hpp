#pragma once

#include <scanline/framework/core/fields.hpp>
#include <scanline/scanline.hpp>
#include <scanline/train/losses.hpp>

/// The generalized cross-entropy (Zhang and Sabuncu 2018), which wrong labels disturb less: the
/// mean of (1 - p^q) / q, where p is the probability of the label.
// [loss]
class Robust : public scanline::train::Loss {
 public:
  struct Options {
    double q = 0.7;
    void declare(scanline::Fields& fields) {
      fields.add("q", q, {0.01, 1}, "Robustness of the loss; near 0: cross-entropy");
    }
  };
  explicit Robust(const Options& options) : q_(options.q) {}

  scanline::Tensor operator()(const scanline::Tensor& logits,
                              const scanline::Array& labels) const override {
    using namespace scanline;
    const Tensor log_p = gather(log_softmax(logits, 1), labels.reshape({labels.size(), 1}), 1);
    return mean(1 - exp(q_ * log_p)) / q_;
  }

 private:
  double q_;
};
// [loss]
