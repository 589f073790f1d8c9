#include "scanline/framework/nn/gru.hpp"

namespace scanline::nn {

GRU::GRU(const Options& options)
    : Recurrent({.name = "gru",
                 .kind = CellKind::gru,
                 .input_size = options.input_size,
                 .hidden_size = options.hidden_size,
                 .num_layers = options.num_layers,
                 .bias = options.bias,
                 .batch_first = options.batch_first,
                 .dropout = options.dropout,
                 .bidirectional = options.bidirectional}) {}

GRU::Output GRU::operator()(const Tensor& x, const Tensor& initial, const Lengths& lengths) {
  const RecurrentSequence result = run(x, {initial, {}}, lengths);
  return {result.output, result.final.h};
}

}  // namespace scanline::nn
