#include "scanline/framework/nn/linear.hpp"

#include <cmath>

#include "scanline/framework/nn/init.hpp"
#include "scanline/framework/ops/matmul.hpp"

namespace scanline::nn {

namespace {

/// Where the initial values lie: within +- this number.
double bound(Index in_features) {
  return in_features > 0 ? 1 / std::sqrt(static_cast<double>(in_features)) : 0;
}

}  // namespace

Linear::Linear(Index in_features, Index out_features, bool bias)
    : weight(parameter("weight", init::uniform({out_features, in_features}, bound(in_features)))),
      bias(bias ? parameter("bias", init::uniform({out_features}, bound(in_features))) : Tensor()) {
}

Tensor Linear::forward(const Tensor& x) { return linear(x, weight, bias); }

}  // namespace scanline::nn
