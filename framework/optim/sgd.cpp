#include "scanline/framework/optim/sgd.hpp"

#include <utility>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/optim/check.hpp"
#include "scanline/framework/optim/detail/common_options.hpp"

namespace scanline::optim {
namespace {

Sgd::Options checked(const Sgd::Options& options) {
  check_not_negative("Sgd", "momentum", options.momentum);
  check_not_negative("Sgd", "weight_decay", options.weight_decay);
  if (options.nesterov && options.momentum == 0)
    throw Error("Sgd: expected a momentum above 0 with nesterov, found 0");
  return options;
}

}  // namespace

void SgdOptions::declare(Fields& fields) {
  declare_weight_decay(fields, weight_decay);
  declare_momentum(fields, momentum);
}

Sgd::Sgd(std::vector<Tensor> parameters, double learning_rate, const Options& options)
    : Optimizer("Sgd", std::move(parameters), learning_rate),
      options_(checked(options)),
      velocity_(memory("velocity")) {}

void Sgd::update(std::size_t i, const Array& value, const Array& gradient) {
  dispatch("sgd", value.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const auto lr = static_cast<T>(learning_rate()), momentum = static_cast<T>(options_.momentum),
               decay = static_cast<T>(options_.weight_decay);
    T* p = value.data<T>();
    T* v = velocity_[i].data<T>();
    const T* gradients = gradient.data<T>();
    // The velocity starts as zero, so that it is the gradient after the first step.
    for (Index k = 0; k < value.size(); ++k) {
      const T g = gradients[k] + decay * p[k];
      v[k] = momentum * v[k] + g;
      p[k] -= lr * (options_.nesterov ? g + momentum * v[k] : v[k]);
    }
  });
}

}  // namespace scanline::optim
