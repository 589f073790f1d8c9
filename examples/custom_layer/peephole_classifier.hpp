#pragma once

#include "layers.hpp"
#include "scanline/framework/nn/dropout.hpp"
#include "scanline/framework/nn/sequential.hpp"
#include "scanline/models/options.hpp"

namespace custom_layer {

/// Layers of LSTMs with peepholes that read an image from top to bottom, one row per time step,
/// attention over what they found there, and a head.
// [classifier]
struct PeepholeClassifier : nn::Layer {
  using Options = models::LayerOptions;

  PeepholeClassifier(const models::ImageTask& task, const Options& options)
      : lstm(child<nn::Sequential>("lstm")), head(child<nn::Sequential>("head")) {
    Index features = task.columns;
    for (Index layer = 0; layer < options.layers; ++layer) {
      lstm.add<PeepholeLSTM>(features, options.hidden_size);
      lstm.add<nn::Dropout>(options.dropout);
      features = options.hidden_size;
    }
    head.add<AttentionPooling>(features);
    head.add<GatedResidual>(features);
    head.add<nn::Linear>(features, task.classes);
  }

  /// images (B, rows, columns) -> logits (B, classes).
  Tensor forward(const Tensor& images) override { return head(lstm(transpose(images, 0, 1))); }

  nn::Sequential &lstm, &head;
};
// [classifier]

}  // namespace custom_layer
