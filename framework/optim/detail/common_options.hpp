#pragma once

#include "scanline/framework/core/fields.hpp"

namespace scanline::optim {

/// The option that all optimizers have.
inline void declare_weight_decay(Fields& fields, double& weight_decay) {
  fields.add("weight-decay", weight_decay, {0, 1e3}, "Weight decay");
}

/// The option of optimizers with a velocity.
inline void declare_momentum(Fields& fields, double& momentum) {
  fields.add("momentum", momentum, {0, 0.9999}, "Momentum");
}

}  // namespace scanline::optim
