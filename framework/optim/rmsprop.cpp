#include "scanline/framework/optim/rmsprop.hpp"

#include <cmath>
#include <utility>

#include "scanline/framework/optim/check.hpp"
#include "scanline/framework/optim/detail/common_options.hpp"

namespace scanline::optim {
namespace {

RmsProp::Options checked(const RmsProp::Options& options) {
  check_below_one("RmsProp", "alpha", options.alpha);
  check_not_negative("RmsProp", "epsilon", options.epsilon);
  check_not_negative("RmsProp", "momentum", options.momentum);
  check_not_negative("RmsProp", "weight_decay", options.weight_decay);
  return options;
}

}  // namespace

void RmsPropOptions::declare(Fields& fields) {
  declare_weight_decay(fields, weight_decay);
  declare_momentum(fields, momentum);
}

RmsProp::RmsProp(std::vector<Tensor> parameters, double learning_rate, const Options& options)
    : Optimizer("RmsProp", std::move(parameters), learning_rate),
      options_(checked(options)),
      square_(memory("square")),
      velocity_(memory("velocity")) {}

void RmsProp::update(std::size_t i, const Array& value, const Array& gradient) {
  dispatch("rmsprop", value.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const auto lr = static_cast<T>(learning_rate()), momentum = static_cast<T>(options_.momentum),
               decay = static_cast<T>(options_.weight_decay),
               alpha = static_cast<T>(options_.alpha), rest = static_cast<T>(1 - options_.alpha),
               epsilon = static_cast<T>(options_.epsilon);
    T* p = value.data<T>();
    T* s = square_[i].data<T>();
    T* v = velocity_[i].data<T>();
    const T* gradients = gradient.data<T>();
    for (Index k = 0; k < value.size(); ++k) {
      const T g = gradients[k] + decay * p[k];
      s[k] = alpha * s[k] + rest * g * g;
      v[k] = momentum * v[k] + g / (std::sqrt(s[k]) + epsilon);
      p[k] -= lr * v[k];
    }
  });
}

}  // namespace scanline::optim
