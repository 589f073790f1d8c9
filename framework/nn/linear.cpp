#include "scanline/framework/nn/linear.hpp"

#include <cmath>

#include "scanline/framework/nn/init.hpp"
#include "scanline/framework/ops/matmul.hpp"

namespace scanline::nn {

Linear::Linear(Index in_features, Index out_features, bool with_bias) {
  const double bound = in_features > 0 ? 1 / std::sqrt(static_cast<double>(in_features)) : 0;
  weight = parameter("weight", init::uniform({out_features, in_features}, bound));
  if (with_bias) bias = parameter("bias", init::uniform({out_features}, bound));
}

Tensor Linear::forward(const Tensor& x) { return linear(x, weight, bias); }

}  // namespace scanline::nn
