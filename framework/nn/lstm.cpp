#include "scanline/framework/nn/lstm.hpp"

namespace scanline::nn {

LSTM::LSTM(const Options& options)
    : Recurrent({.name = "lstm",
                 .kind = CellKind::lstm,
                 .input_size = options.input_size,
                 .hidden_size = options.hidden_size,
                 .num_layers = options.num_layers,
                 .bias = options.bias,
                 .batch_first = options.batch_first,
                 .dropout = options.dropout,
                 .bidirectional = options.bidirectional,
                 .proj_size = options.proj_size}) {}

LSTM::Output LSTM::operator()(const Tensor& x, const RecurrentState& initial,
                              const Lengths& lengths) {
  const RecurrentSequence result = run(x, initial, lengths);
  return {result.output, result.final.h, result.final.c};
}

}  // namespace scanline::nn
