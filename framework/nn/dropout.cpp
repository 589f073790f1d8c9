#include "scanline/framework/nn/dropout.hpp"

#include <fmt/format.h>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/ops/dropout.hpp"

namespace scanline::nn {

Dropout::Dropout(double probability) : probability_(probability) {
  if (!(probability >= 0 && probability < 1))
    throw Error(fmt::format("dropout: needs a probability in [0, 1), got {}", probability));
}

Tensor Dropout::forward(const Tensor& x) {
  check_defined("dropout", x);
  return is_training() && probability_ > 0 ? dropout(x, probability_) : x;
}

}  // namespace scanline::nn
