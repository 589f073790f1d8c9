#pragma once

#include "scanline/framework/nn/module.hpp"

namespace scanline::nn {

/// A table of one vector for each of `count` numbers: ids (any shape, int64) -> (..., width). The
/// weight (count, width) starts as standard normal, as PyTorch's does.
class Embedding : public Module {
 public:
  /// A table for the numbers 0 to count - 1.
  Embedding(Index count, Index width);
  /// @throws Error for a number outside [0, count).
  Tensor operator()(const Array& ids);

  const Tensor weight;  // (count, width)
};

}  // namespace scanline::nn
