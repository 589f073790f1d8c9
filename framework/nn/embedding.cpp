#include "scanline/framework/nn/embedding.hpp"

#include "scanline/framework/nn/init.hpp"
#include "scanline/framework/ops/gather.hpp"

namespace scanline::nn {

Embedding::Embedding(Index count, Index width)
    : weight(parameter("weight", init::normal({count, width}, 1))) {}

Tensor Embedding::operator()(const Array& ids) {
  return named_call([&] { return embedding(weight, ids); });
}

}  // namespace scanline::nn
