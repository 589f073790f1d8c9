#include "scanline/framework/nn/layer_norm.hpp"

#include <fmt/format.h>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/nn/init.hpp"
#include "scanline/framework/ops/elementwise.hpp"
#include "scanline/framework/ops/normalize.hpp"

namespace scanline::nn {

LayerNorm::LayerNorm(Index features, double epsilon)
    : weight(parameter("weight", init::ones({features}))),
      bias(parameter("bias", init::zeros({features}))),
      epsilon_(epsilon) {}

Tensor LayerNorm::forward(const Tensor& x) {
  check_defined("layer_norm", x);
  // Without this check a last axis of 1 would broadcast.
  if (x.rank() < 1 || x.size(-1) != weight.size(0))
    throw Error(
        fmt::format("layer_norm: needs {} features, got {}", weight.size(0), to_string(x.shape())));
  check_same_dtype("layer_norm", x.dtype(), weight.dtype());
  return standardize(x, moments(x, {-1}), epsilon_) * weight + bias;
}

}  // namespace scanline::nn
