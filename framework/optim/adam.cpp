#include "scanline/framework/optim/adam.hpp"

#include <cmath>
#include <utility>

#include "scanline/framework/optim/check.hpp"
#include "scanline/framework/optim/detail/common_options.hpp"

namespace scanline::optim {
namespace {

template <class Options>
Options checked(const char* name, const Options& options) {
  check_below_one(name, "beta1", options.beta1);
  check_below_one(name, "beta2", options.beta2);
  check_not_negative(name, "epsilon", options.epsilon);
  check_not_negative(name, "weight_decay", options.weight_decay);
  return options;
}

/// The options of the Adam that AdamW is after its decay.
AdamOptions without_decay(const AdamWOptions& options) {
  return {.beta1 = options.beta1,
          .beta2 = options.beta2,
          .epsilon = options.epsilon,
          .weight_decay = 0};
}

template <class Options>
void declare_adam(Options& options, Fields& fields) {
  declare_weight_decay(fields, options.weight_decay);
  fields.add("beta2", options.beta2, {0, 0.999999},
             "Decay rate of the running average of squared gradients");
}

}  // namespace

void AdamOptions::declare(Fields& fields) { declare_adam(*this, fields); }

void AdamWOptions::declare(Fields& fields) { declare_adam(*this, fields); }

Adam::Adam(std::vector<Tensor> parameters, double learning_rate, const Options& options)
    : Adam("Adam", std::move(parameters), learning_rate, checked("Adam", options)) {}

Adam::Adam(const char* name, std::vector<Tensor> parameters, double learning_rate,
           const Options& options)
    : Optimizer(name, std::move(parameters), learning_rate),
      options_(options),
      moment_(memory("moment")),
      square_(memory("square")) {}

void Adam::update(std::size_t i, const Array& value, const Array& gradient) {
  const auto t = static_cast<double>(step_count());
  const double step_size = learning_rate() / (1 - std::pow(options_.beta1, t));
  const double square_correction = std::sqrt(1 - std::pow(options_.beta2, t));
  dispatch("adam", value.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const auto step = static_cast<T>(step_size), correction = static_cast<T>(square_correction),
               beta1 = static_cast<T>(options_.beta1), rest1 = static_cast<T>(1 - options_.beta1),
               beta2 = static_cast<T>(options_.beta2), rest2 = static_cast<T>(1 - options_.beta2),
               epsilon = static_cast<T>(options_.epsilon),
               decay = static_cast<T>(options_.weight_decay);
    T* p = value.data<T>();
    T* m = moment_[i].data<T>();
    T* s = square_[i].data<T>();
    const T* gradients = gradient.data<T>();
    for (Index k = 0; k < value.size(); ++k) {
      const T g = gradients[k] + decay * p[k];
      m[k] = beta1 * m[k] + rest1 * g;
      s[k] = beta2 * s[k] + rest2 * g * g;
      p[k] -= step * m[k] / (std::sqrt(s[k]) / correction + epsilon);
    }
  });
}

AdamW::AdamW(std::vector<Tensor> parameters, double learning_rate, const Options& options)
    : Adam("AdamW", std::move(parameters), learning_rate, without_decay(checked("AdamW", options))),
      weight_decay_(options.weight_decay) {}

void AdamW::update(std::size_t i, const Array& value, const Array& gradient) {
  dispatch("adamw", value.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const auto scale = static_cast<T>(1 - learning_rate() * weight_decay_);
    T* p = value.data<T>();
    for (Index k = 0; k < value.size(); ++k) p[k] *= scale;
  });
  Adam::update(i, value, gradient);
}

}  // namespace scanline::optim
