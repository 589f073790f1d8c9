#pragma once

#include <cmath>
#include <scanline/models/registry.hpp>
#include <scanline/scanline.hpp>

/// Self-attention over the rows of an image, with several heads (Vaswani et al. 2017).
struct Attention : scanline::nn::Layer {
  struct Options {
    scanline::Index heads = 4;
    void declare(scanline::Fields& fields) {
      fields.add("heads", heads, {1, 64}, "Attention heads");
    }
  };
  Attention(const scanline::models::ImageTask& task, const Options& options)
      : heads(options.heads),
        query(child<scanline::nn::Linear>("query", task.columns, 8 * heads)),
        key(child<scanline::nn::Linear>("key", task.columns, 8 * heads)),
        value(child<scanline::nn::Linear>("value", task.columns, 8 * heads)),
        head(child<scanline::nn::Linear>("head", task.rows * 8 * heads, task.classes)) {}

  /// images (B, rows, columns) -> logits (B, classes).
  scanline::Tensor forward(const scanline::Tensor& images) override {
    using namespace scanline;
    const Index batch = images.size(0), rows = images.size(1);
    const auto split = [&](const Tensor& x) {  // (B, rows, 8 heads) -> (B heads, rows, 8)
      return reshape(transpose(reshape(x, {batch, rows, heads, 8}), 1, 2),
                     {batch * heads, rows, 8});
    };
    const Tensor q = split(query(images)), k = split(key(images)), v = split(value(images));
    const Tensor weights = softmax(matmul(q, transpose(k, 1, 2)) * (1 / std::sqrt(8.0)), 2);
    return head(reshape(matmul(weights, v), {batch, -1}));
  }

  scanline::Index heads;
  scanline::nn::Linear &query, &key, &value, &head;
};
