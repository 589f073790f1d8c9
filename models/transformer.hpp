#pragma once

#include <vector>

#include "scanline/framework/nn/dropout.hpp"
#include "scanline/framework/nn/layer_norm.hpp"
#include "scanline/framework/nn/linear.hpp"
#include "scanline/framework/nn/multihead_attention.hpp"
#include "scanline/models/options.hpp"

namespace scanline::models {

/// One block of a transformer's encoder, with the normalizations before the attention and the MLP,
/// not behind them (Xiong et al. 2020, arXiv 2002.04745). Parameters have the names of PyTorch's
/// TransformerEncoderLayer, which computes the same with `norm_first` and `activation="gelu"`.
class EncoderBlock : public nn::Layer {
 public:
  /// Attention over `features` features with so many heads. The MLP has four times as many units.
  EncoderBlock(Index features, Index heads, double dropout);
  /// (T, B, features) -> (T, B, features). @throws Error for another shape.
  Tensor forward(const Tensor& x) override;

 private:
  nn::MultiheadAttention& self_attn_;
  nn::Linear &linear1_, &linear2_;
  nn::LayerNorm &norm1_, &norm2_;
  nn::Dropout& dropout_;
};

/// A transformer over the rows of an image: the rows are embedded, each position has a vector of
/// its own that is added, the encoder's blocks follow, and a linear head reads the mean over all
/// rows.
class Transformer : public nn::Layer {
 public:
  /// The options.
  using Options = LayerOptions;
  /// `options.layers` blocks of `options.hidden_size` features. There is a head for each 32 of
  /// them, or a single one if that leaves features over.
  Transformer(const ImageTask& task, const Options& options);
  /// images (B, rows, columns) -> logits (B, classes). @throws Error for images of another size.
  Tensor forward(const Tensor& images) override;

 private:
  nn::Linear& embedding_;
  const Tensor positions_;  // (rows, 1, features)
  std::vector<EncoderBlock*> blocks_;
  nn::LayerNorm& norm_;
  nn::Dropout& dropout_;
  nn::Linear& fc_;
};

}  // namespace scanline::models
