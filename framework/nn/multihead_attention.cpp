#include "scanline/framework/nn/multihead_attention.hpp"

#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/nn/init.hpp"
#include "scanline/framework/ops/activation.hpp"
#include "scanline/framework/ops/create.hpp"
#include "scanline/framework/ops/dropout.hpp"
#include "scanline/framework/ops/elementwise.hpp"
#include "scanline/framework/ops/matmul.hpp"
#include "scanline/framework/ops/movement.hpp"

namespace scanline::nn {
namespace {

const MultiheadAttentionOptions& checked(const MultiheadAttentionOptions& options) {
  if (options.embed_dim < 1 || options.num_heads < 1 || options.embed_dim % options.num_heads != 0)
    throw Error(
        fmt::format("multihead_attention: needs features in equal parts for the heads, got "
                    "{} features and {} heads",
                    options.embed_dim, options.num_heads));
  if (!(options.dropout >= 0 && options.dropout < 1))
    throw Error(
        fmt::format("multihead_attention: needs a dropout in [0, 1), got {}", options.dropout));
  return options;
}

/// The scores (B, heads, L, S), minus infinity where `is_hidden`, which broadcasts, is 1.
Tensor hide(const Tensor& scores, const Array& is_hidden) {
  return where(is_hidden, full({}, -std::numeric_limits<double>::infinity(), scores.dtype()),
               scores);
}

/// 1 behind the last key of each sequence: (B, 1, 1, S).
Array padding_of(const Lengths& lengths, Index keys) {
  const auto batch = static_cast<Index>(lengths.size());
  const Array result({batch, 1, 1, keys}, DType::int64);
  for (Index b = 0; b < batch; ++b)
    for (Index s = 0; s < keys; ++s)
      result.data<std::int64_t>()[b * keys + s] = s >= lengths[static_cast<std::size_t>(b)] ? 1 : 0;
  return result;
}

}  // namespace

MultiheadAttention::MultiheadAttention(const Options& options)
    : in_proj_weight(
          parameter("in_proj_weight",
                    init::glorot_uniform({3 * checked(options).embed_dim, options.embed_dim}))),
      in_proj_bias(options.bias ? parameter("in_proj_bias", init::zeros({3 * options.embed_dim}))
                                : Tensor()),
      out_proj(child<Linear>("out_proj", options.embed_dim, options.embed_dim, options.bias)),
      options_(options) {
  if (options.bias) out_proj.bias.value().fill(0);
}

MultiheadAttention::Output MultiheadAttention::operator()(const Tensor& query, const Tensor& key,
                                                          const Tensor& value,
                                                          const AttentionMask& mask) {
  return named_call([&] {
    check(query, key, value, mask);
    if (!options_.batch_first) return attend(query, key, value, mask);
    const auto steps_first = [](const Tensor& x) { return transpose(x, 0, 1); };
    const Output result = attend(steps_first(query), steps_first(key), steps_first(value), mask);
    return Output{transpose(result.output, 0, 1), result.weights};
  });
}

void MultiheadAttention::check(const Tensor& query, const Tensor& key, const Tensor& value,
                               const AttentionMask& mask) const {
  check_defined("multihead_attention", query, key, value);
  for (const Tensor& x : {query, key, value})
    check_same_dtype("multihead_attention", in_proj_weight.dtype(), x.dtype());
  const Index batch_axis = options_.batch_first ? 0 : 1, step_axis = 1 - batch_axis;
  const auto fits = [&](const Tensor& x) {
    return x.rank() == 3 && x.size(2) == options_.embed_dim &&
           x.size(batch_axis) == query.size(batch_axis);
  };
  if (!fits(query) || !fits(key) || key.shape() != value.shape())
    throw Error(
        fmt::format("multihead_attention: needs queries {0} of {1} features and as many keys as "
                    "values, got {2}, "
                    "{3} and {4}",
                    options_.batch_first ? "(B, L, E)" : "(L, B, E)", options_.embed_dim,
                    to_string(query.shape()), to_string(key.shape()), to_string(value.shape())));
  const Shape of_mask{query.size(step_axis), key.size(step_axis)};
  if (mask.attn_mask.defined() && mask.attn_mask.shape() != of_mask)
    throw Error(fmt::format("multihead_attention: needs a mask {}, got {}", to_string(of_mask),
                            to_string(mask.attn_mask.shape())));
  check_lengths("multihead_attention", mask.key_lengths, of_mask[1], query.size(batch_axis));
}

/// Projects x (T, B, E) to queries (part 0), keys (1) or values (2) of all heads: (B, heads, T, E /
/// heads).
Tensor MultiheadAttention::project(const Tensor& x, Index part) const {
  const Index features = options_.embed_dim, heads = options_.num_heads;
  const auto own = [&](const Tensor& all) {
    return all.defined() ? slice(all, 0, part * features, (part + 1) * features) : Tensor();
  };
  const Tensor projected = linear(x, own(in_proj_weight), own(in_proj_bias));
  return permute(reshape(projected, {x.size(0), x.size(1), heads, features / heads}), {1, 2, 0, 3});
}

MultiheadAttention::Output MultiheadAttention::attend(const Tensor& query, const Tensor& key,
                                                      const Tensor& value,
                                                      const AttentionMask& mask) const {
  const double scale = 1 / std::sqrt(static_cast<double>(options_.embed_dim / options_.num_heads));
  Tensor scores = matmul(project(query, 0) * scale, project(key, 1), {.b = true});
  if (mask.attn_mask.defined()) scores = hide(scores, mask.attn_mask);
  if (!mask.key_lengths.empty()) scores = hide(scores, padding_of(mask.key_lengths, key.size(0)));
  const Tensor weights = softmax(scores, -1);  // (B, heads, L, S)
  const Tensor kept =
      is_training() && options_.dropout > 0 ? dropout(weights, options_.dropout) : weights;
  const Tensor heads = permute(matmul(kept, project(value, 2)), {2, 0, 1, 3});
  return {out_proj(reshape(heads, {query.size(0), query.size(1), options_.embed_dim})), weights};
}

}  // namespace scanline::nn
