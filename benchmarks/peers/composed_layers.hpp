#pragma once

// Classifiers of images of 28 rows of 28 pixels that are composed of ops, as authors of layers
// write them. pytorch_composed.py has the same ones in PyTorch.

#include <cmath>
#include <vector>

#include "examples/custom_layer/layers.hpp"
#include "scanline/framework/nn/layer_norm.hpp"
#include "scanline/framework/ops/activation.hpp"
#include "scanline/framework/ops/matmul.hpp"
#include "scanline/framework/ops/reduce.hpp"

namespace composed {

using namespace scanline;

constexpr Index pixels = 28, hidden = 128, classes = 10;

/// A cell that reads an image row by row, and a head on its last state.
template <class Cell>
struct RowReader : nn::Layer {
  Tensor forward(const Tensor& images) override {
    const Tensor zero = zeros({images.size(0), hidden});
    const RecurrentState initial{zero, zero};
    return head(recurrent_sequence(cell, transpose(images, 0, 1), initial).final.h);
  }
  Cell& cell = child<Cell>("cell", pixels, hidden);
  nn::Linear& head = child<nn::Linear>("head", hidden, classes);
};

/// `lstm_cell`, the op that composes an LSTM of others.
struct LSTMCell : nn::Module {
  LSTMCell(Index inputs, Index units) : of_x(inputs), of_h(units) {}
  RecurrentState operator()(const Tensor& x, const RecurrentState& state) {
    return lstm_cell(x, state, {weight_ih, weight_hh, bias_ih, bias_hh});
  }
  Index of_x, of_h;
  const double bound = 1 / std::sqrt(static_cast<double>(of_h));
  const Tensor weight_ih = parameter("weight_ih", init::uniform({4 * of_h, of_x}, bound));
  const Tensor weight_hh = parameter("weight_hh", init::uniform({4 * of_h, of_h}, bound));
  const Tensor bias_ih = parameter("bias_ih", init::uniform({4 * of_h}, bound));
  const Tensor bias_hh = parameter("bias_hh", init::uniform({4 * of_h}, bound));
};

/// An LSTM whose sums are standardised (Ba et al. 2016, arXiv 1607.06450).
struct LayerNormCell : nn::Module {
  LayerNormCell(Index inputs, Index units)
      : of_x(child<nn::Linear>("of_x", inputs, 4 * units, /*bias=*/false)),
        of_h(child<nn::Linear>("of_h", units, 4 * units, /*bias=*/false)),
        norm_x(child<nn::LayerNorm>("norm_x", 4 * units)),
        norm_h(child<nn::LayerNorm>("norm_h", 4 * units)),
        norm_c(child<nn::LayerNorm>("norm_c", units)) {}
  RecurrentState operator()(const Tensor& x, const RecurrentState& state) {
    const std::vector<Tensor> a = split(norm_x(of_x(x)) + norm_h(of_h(state.h)), 4, 1);
    const Tensor c = sigmoid(a[1]) * state.c + sigmoid(a[0]) * tanh(a[2]);
    return {sigmoid(a[3]) * tanh(norm_c(c)), c};
  }
  nn::Linear &of_x, &of_h;
  nn::LayerNorm &norm_x, &norm_h, &norm_c;
};

/// A projection of each row, and a mean of the rows with trained weights.
struct AttentionPooling : nn::Layer {
  Tensor forward(const Tensor& images) override {
    return head(pooling(of_row(transpose(images, 0, 1))));
  }
  nn::Linear& of_row = child<nn::Linear>("of_row", pixels, hidden);
  custom_layer::AttentionPooling& pooling =
      child<custom_layer::AttentionPooling>("pooling", hidden);
  nn::Linear& head = child<nn::Linear>("head", hidden, classes);
};

/// Scaled dot-product attention between the rows of an image (Vaswani et al. 2017).
struct MultiheadAttention : nn::Layer {
  static constexpr Index heads = 4, width = hidden / heads;

  Tensor forward(const Tensor& images) override {
    const Index batch = images.size(0);
    // (B, T, 3 hidden) -> (3, B, heads, T, width)
    const Tensor qkv = permute(reshape(of_q_k_v(of_row(images)), {batch, pixels, 3, heads, width}),
                               {2, 0, 3, 1, 4});
    const Tensor scores = matmul(qkv[0], qkv[1], {.b = true}) / std::sqrt(double{width});
    const Tensor mixed = matmul(softmax(scores, -1), qkv[2]);  // (B, heads, T, width)
    const Tensor y = output(reshape(transpose(mixed, 1, 2), {batch, pixels, hidden}));
    return head(mean(y, {1}));
  }
  nn::Linear& of_row = child<nn::Linear>("of_row", pixels, hidden);
  nn::Linear& of_q_k_v = child<nn::Linear>("of_q_k_v", hidden, 3 * hidden);
  nn::Linear& output = child<nn::Linear>("output", hidden, hidden);
  nn::Linear& head = child<nn::Linear>("head", hidden, classes);
};

/// A convolution with 3 x 3 weights: (B, rows, columns, C) -> (B, rows - 2, columns - 2, channels).
struct SlicedConvolution : nn::Layer {
  SlicedConvolution(Index inputs, Index channels)
      : of_patch(child<nn::Linear>("of_patch", 9 * inputs, channels)) {}
  Tensor forward(const Tensor& x) override {
    const Index rows = x.size(1) - 2, columns = x.size(2) - 2;
    std::vector<Tensor> shifted;
    for (Index i = 0; i < 3; ++i)
      for (Index k = 0; k < 3; ++k)
        shifted.push_back(slice(slice(x, 1, i, i + rows), 2, k, k + columns));
    return of_patch(concatenate(shifted, -1));
  }
  nn::Linear& of_patch;
};

/// Two convolutions, with maxima over 2 x 2 pixels between them and a mean over all pixels at the
/// end.
struct Convolutions : nn::Layer {
  Tensor forward(const Tensor& images) override {
    const Index batch = images.size(0);
    const Tensor y = relu(first(reshape(images, {batch, pixels, pixels, 1})));
    const Tensor pooled = max(reshape(y, {batch, 13, 2, 13, 2, 16}), {2, 4});
    return head(mean(relu(second(pooled)), {1, 2}));
  }
  SlicedConvolution& first = child<SlicedConvolution>("first", 1, 16);
  SlicedConvolution& second = child<SlicedConvolution>("second", 16, 32);
  nn::Linear& head = child<nn::Linear>("head", 32, classes);
};

}  // namespace composed
