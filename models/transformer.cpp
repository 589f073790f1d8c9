#include "scanline/models/transformer.hpp"

#include <string>

#include "scanline/framework/nn/init.hpp"
#include "scanline/framework/ops/activation.hpp"
#include "scanline/framework/ops/elementwise.hpp"
#include "scanline/framework/ops/movement.hpp"
#include "scanline/framework/ops/reduce.hpp"

namespace scanline::models {
namespace {

Index heads_of(Index features) { return features % 32 == 0 ? features / 32 : 1; }

}  // namespace

EncoderBlock::EncoderBlock(Index features, Index heads, double dropout)
    : self_attn_(child<nn::MultiheadAttention>(
          "self_attn", {.embed_dim = features, .num_heads = heads, .dropout = dropout})),
      linear1_(child<nn::Linear>("linear1", features, 4 * features)),
      linear2_(child<nn::Linear>("linear2", 4 * features, features)),
      norm1_(child<nn::LayerNorm>("norm1", features)),
      norm2_(child<nn::LayerNorm>("norm2", features)),
      dropout_(child<nn::Dropout>("dropout", dropout)) {}

Tensor EncoderBlock::forward(const Tensor& x) {
  const Tensor normed = norm1_(x);
  const Tensor attended = x + dropout_(self_attn_(normed, normed, normed).output);
  return attended + dropout_(linear2_(dropout_(gelu(linear1_(norm2_(attended))))));
}

Transformer::Transformer(const ImageTask& task, const Options& options)
    : embedding_(child<nn::Linear>("embedding", task.columns, options.hidden_size)),
      positions_(parameter("positions", init::normal({task.rows, 1, options.hidden_size}, 0.02))),
      norm_(child<nn::LayerNorm>("norm", options.hidden_size)),
      dropout_(child<nn::Dropout>("dropout", options.dropout)),
      fc_(child<nn::Linear>("fc", options.hidden_size, task.classes)) {
  for (Index layer = 0; layer < options.layers; ++layer)
    blocks_.push_back(&child<EncoderBlock>("layers" + std::to_string(layer), options.hidden_size,
                                           heads_of(options.hidden_size), options.dropout));
}

Tensor Transformer::forward(const Tensor& images) {
  Tensor x = dropout_(embedding_(transpose(images, 0, 1)) + positions_);  // (rows, B, features)
  for (EncoderBlock* block : blocks_) x = (*block)(x);
  return fc_(mean(norm_(x), {0}));
}

}  // namespace scanline::models
