#pragma once

#include <vector>

#include "scanline/framework/nn/lstm.hpp"
#include "scanline/framework/ops/movement.hpp"

// What the tests of recurrent modules do with results.
namespace scanline::test {

/// All that a recurrent module returns, as one vector.
inline Tensor everything(const nn::LSTM::Output& y) {
  std::vector<Tensor> parts;
  for (const Tensor& part : {y.output, y.h_n, y.c_n})
    if (part.defined()) parts.push_back(reshape(part, {-1}));
  return concatenate(parts, 0);
}

/// Part `i` of the first axis, without it.
inline Array part(const Tensor& x, Index i) {
  return x.value().rows(i, i + 1).reshape(x.shape().without(0));
}

}  // namespace scanline::test
