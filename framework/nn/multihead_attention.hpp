#pragma once

#include "scanline/framework/nn/linear.hpp"
#include "scanline/framework/nn/module.hpp"
#include "scanline/framework/ops/recurrent.hpp"

namespace scanline::nn {

/// The options of `MultiheadAttention`. Names and defaults are PyTorch's.
struct MultiheadAttentionOptions {
  /// Features of queries, keys, values and outputs, E.
  Index embed_dim;
  /// Heads; each has E / num_heads of the features.
  Index num_heads;
  /// The probability of dropping a weight of the attention while training.
  double dropout = 0;
  /// Whether the projections have biases.
  bool bias = true;
  /// Whether sequences are (B, T, E) instead of (T, B, E).
  bool batch_first = false;
};

/// The keys that a query must not attend to.
struct AttentionMask {
  /// (L, S) int64: 1 where query l must not see key s; undefined: none. PyTorch's attn_mask.
  Array attn_mask = {};
  /// The number of keys of each sequence in the batch; the keys behind them are padding. Empty: all
  /// sequences have all keys. PyTorch has a key_padding_mask instead.
  Lengths key_lengths = {};
};

/// Attention with several heads (Vaswani et al. 2017, arXiv 1706.03762), as PyTorch's
/// MultiheadAttention: each query gathers a weighted mean of the values,
///
///     head = softmax(q k^T / sqrt(E / num_heads)) v
///
/// of queries, keys and values that are projected for each head. The outputs of the heads are
/// concatenated and projected. Parameters have PyTorch's names: in_proj_weight (3 E, E), for the
/// queries, keys and values, in_proj_bias (3 E,), out_proj.weight (E, E) and out_proj.bias (E,).
class MultiheadAttention : public Module {
 public:
  /// The options.
  using Options = MultiheadAttentionOptions;
  /// The result. L counts queries and S keys.
  struct Output {
    Tensor output,  // (L, B, E), or (B, L, E) with batch_first
        weights;    // (B, num_heads, L, S), before dropout
  };

  /// @throws Error for sizes below 1, heads that do not divide the features, and a dropout outside
  ///   [0, 1).
  explicit MultiheadAttention(const Options& options);

  /// Attends from query (L, B, E) to key and value (S, B, E). A query that may see no key becomes
  /// NaN, as in PyTorch. @throws Error when the shapes do not fit.
  Output operator()(const Tensor& query, const Tensor& key, const Tensor& value,
                    const AttentionMask& mask = {});

  const Tensor in_proj_weight;  // (3 E, E)
  const Tensor in_proj_bias;    // (3 E,), undefined if there is none
  /// Projects the joined heads: weight (features, features).
  Linear& out_proj;

 private:
  Output attend(const Tensor& query, const Tensor& key, const Tensor& value,
                const AttentionMask& mask) const;
  Tensor project(const Tensor& x, Index part) const;
  void check(const Tensor& query, const Tensor& key, const Tensor& value,
             const AttentionMask& mask) const;

  Options options_;
};

}  // namespace scanline::nn
