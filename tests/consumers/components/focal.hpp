#pragma once

#include <scanline/framework/core/fields.hpp>
#include <scanline/scanline.hpp>
#include <scanline/train/losses.hpp>

/// The focal loss, which cares less about what is right already (Lin et al. 2017).
// [loss]
class Focal : public scanline::train::Loss {
 public:
  struct Options {
    double gamma = 2;
    void declare(scanline::Fields& fields) {
      fields.add("gamma", gamma, {0, 100}, "How little easy examples count");
    }
  };
  explicit Focal(const Options& options) : gamma_(options.gamma) {}

  scanline::Tensor operator()(const scanline::Tensor& logits,
                              const scanline::Array& labels) const override {
    using namespace scanline;
    const Tensor log_p = log_softmax(logits, 1), wrong = 1 - exp(log_p);
    const Array is_label = Array::zeros(logits.shape(), logits.dtype());
    for (Index i = 0; i < labels.size(); ++i)
      is_label.data<float>()[i * logits.size(1) + labels.data<std::int64_t>()[i]] = 1;
    return -sum(Tensor(is_label) * power(wrong + 1e-7, gamma_) * log_p) /
           static_cast<double>(labels.size());
  }

 private:
  double gamma_;
};
// [loss]
