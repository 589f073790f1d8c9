#pragma once

#include <vector>

#include "scanline/framework/nn/init.hpp"
#include "scanline/framework/nn/linear.hpp"
#include "scanline/framework/ops/activation.hpp"
#include "scanline/framework/ops/create.hpp"
#include "scanline/framework/ops/elementwise.hpp"
#include "scanline/framework/ops/movement.hpp"
#include "scanline/framework/ops/recurrent.hpp"
#include "scanline/framework/ops/reduce.hpp"
#include "softsign.hpp"

namespace custom_layer {

using namespace scanline;

/// Adds a gated transformation to what it is given: (..., n) -> (..., n).
// [gated residual]
struct GatedResidual : nn::Layer {
  explicit GatedResidual(Index n)
      : fc(child<nn::Linear>("fc", n, n)), gain(parameter("gain", init::ones({n}))) {}
  Tensor forward(const Tensor& x) override { return x + gain * tanh(fc(x)); }
  nn::Linear& fc;
  const Tensor gain;
};
// [gated residual]

/// One time step of an LSTM whose gates also see the cell state, each unit its own (Gers et al.
/// 2002, "Learning precise timing with LSTM recurrent networks"):
///
///     i = sigmoid(a_i + w_ci * c)  f = sigmoid(a_f + w_cf * c)  g = tanh(a_g)
///     c' = f * c + i * g
///     o = sigmoid(a_o + w_co * c')
///     h' = o * tanh(c')
///
/// where a = W_x x + b + W_h h. x is (B, I), the states are (B, H).
// [peephole cell]
struct PeepholeCell : nn::Module {
  PeepholeCell(Index inputs, Index hidden)
      : of_x(child<nn::Linear>("of_x", inputs, 4 * hidden)),
        of_h(child<nn::Linear>("of_h", hidden, 4 * hidden, /*bias=*/false)),
        w_ci(parameter("w_ci", init::zeros({hidden}))),
        w_cf(parameter("w_cf", init::zeros({hidden}))),
        w_co(parameter("w_co", init::zeros({hidden}))) {}

  RecurrentState operator()(const Tensor& x, const RecurrentState& state) {
    const std::vector<Tensor> a = split(of_x(x) + of_h(state.h), 4, 1);  // each (B, H)
    const Tensor i = sigmoid(a[0] + w_ci * state.c);
    const Tensor f = sigmoid(a[1] + w_cf * state.c);
    const Tensor c = f * state.c + i * tanh(a[2]);
    const Tensor o = sigmoid(a[3] + w_co * c);
    return {o * tanh(c), c};
  }

  nn::Linear &of_x, &of_h;
  const Tensor w_ci, w_cf, w_co;
};
// [peephole cell]

/// The cell over whole sequences, from states of zero on: x (T, B, I) -> hidden states (T, B, H).
// [peephole sequence]
struct PeepholeLSTM : nn::Layer {
  PeepholeLSTM(Index inputs, Index hidden)
      : cell(child<PeepholeCell>("cell", inputs, hidden)), hidden_size(hidden) {}

  Tensor forward(const Tensor& x) override {
    const Tensor zero = zeros({x.size(1), hidden_size}, x.dtype());
    return recurrent_sequence(cell, x, {zero, zero}).output;
  }

  PeepholeCell& cell;
  Index hidden_size;
};
// [peephole sequence]

/// A weighted mean over time, of which the network learns what to look at (Raffel and Ellis 2015,
/// arXiv 1512.08756): x (T, B, n) -> (B, n).
// [attention]
struct AttentionPooling : nn::Layer {
  explicit AttentionPooling(Index n)
      : fc(child<nn::Linear>("fc", n, n)), score(child<nn::Linear>("score", n, 1)) {}

  Tensor forward(const Tensor& x) override {
    const Tensor weights = softmax(score(softsign(fc(x))), 0);  // (T, B, 1), sum to 1 over T
    return sum(weights * x, {0});
  }

  nn::Linear &fc, &score;
};
// [attention]

}  // namespace custom_layer
