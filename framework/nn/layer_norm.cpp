#include "scanline/framework/nn/layer_norm.hpp"

#include "scanline/framework/nn/init.hpp"
#include "scanline/framework/ops/normalize.hpp"

namespace scanline::nn {

LayerNorm::LayerNorm(Index features, double epsilon)
    : weight(parameter("weight", init::ones({features}))),
      bias(parameter("bias", init::zeros({features}))),
      epsilon_(epsilon) {}

Tensor LayerNorm::forward(const Tensor& x) { return layer_norm(x, weight, bias, epsilon_); }

}  // namespace scanline::nn
