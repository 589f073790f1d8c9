#include "scanline/framework/nn/dropout.hpp"

#include <fmt/format.h>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/ops/dropout.hpp"

namespace scanline::nn {

Dropout::Dropout(double probability, Index batch_axis)
    : probability_(probability), batch_axis_(batch_axis) {
  if (!(probability >= 0 && probability < 1))
    throw Error(fmt::format("dropout: needs a probability in [0, 1), got {}", probability));
}

Tensor Dropout::forward(const Tensor& x) {
  check_defined("dropout", x);
  return is_training() && probability_ > 0 ? dropout(x, probability_, batch_axis_) : x;
}

}  // namespace scanline::nn
