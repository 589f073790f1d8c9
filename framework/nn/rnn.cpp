#include "scanline/framework/nn/rnn.hpp"

namespace scanline::nn {

RNN::RNN(const Options& options)
    : Recurrent({.name = "rnn",
                 .kind = options.nonlinearity == Nonlinearity::tanh ? CellKind::rnn_tanh
                                                                    : CellKind::rnn_relu,
                 .input_size = options.input_size,
                 .hidden_size = options.hidden_size,
                 .num_layers = options.num_layers,
                 .bias = options.bias,
                 .batch_first = options.batch_first,
                 .dropout = options.dropout,
                 .bidirectional = options.bidirectional}) {}

RNN::Output RNN::operator()(const Tensor& x, const Tensor& initial, const Lengths& lengths) {
  const RecurrentSequence result = run(x, {initial, {}}, lengths);
  return {result.output, result.final.h};
}

}  // namespace scanline::nn
