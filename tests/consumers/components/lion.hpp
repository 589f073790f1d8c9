#pragma once

#include <cmath>
#include <scanline/framework/core/fields.hpp>
#include <scanline/framework/optim/optimizer.hpp>

/// Lion: steps of one size in the direction of an averaged gradient's sign (Chen et al. 2023).
class Lion : public scanline::optim::Optimizer {
 public:
  // [options]
  struct Options {
    double blend = 0.9, beta2 = 0.99, weight_decay = 0;
    void declare(scanline::Fields& fields) {
      fields.add("blend", blend, {0, 1}, "Weight of the average against the gradient");
      fields.add("beta2", beta2, {0, 0.999999}, "Decay of the average of gradients");
      fields.add("weight-decay", weight_decay, {0, 1e3}, "Weight decay");
    }
  };
  // [options]
  Lion(std::vector<scanline::Tensor> parameters, double learning_rate, const Options& options)
      : Optimizer("Lion", std::move(parameters), learning_rate), options_(options) {}

 private:
  // [optimizer]
  void update(std::size_t i, const scanline::Array& value,
              const scanline::Array& gradient) override {
    const auto lr = static_cast<float>(learning_rate()), blend = static_cast<float>(options_.blend),
               beta2 = static_cast<float>(options_.beta2),
               decay = static_cast<float>(options_.weight_decay);
    float *p = value.data<float>(), *m = average_[i].data<float>();
    const float* g = gradient.data<float>();
    for (scanline::Index k = 0; k < value.size(); ++k) {
      const float direction = blend * m[k] + (1 - blend) * g[k];
      p[k] -= lr * (static_cast<float>((direction > 0) - (direction < 0)) + decay * p[k]);
      m[k] = beta2 * m[k] + (1 - beta2) * g[k];
    }
  }

  Options options_;
  std::vector<scanline::Array> average_ = memory("average");  // is part of every checkpoint
  // [optimizer]
};
