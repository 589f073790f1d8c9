#include "models/lstm_classifier.hpp"

#include "framework/ops/shape.hpp"

namespace scanline::models {

LstmClassifier::LstmClassifier(const Options& options, bool bidirectional)
    : lstm_(child<nn::LSTM>("lstm", {.input_size = options.columns,
                                     .hidden_size = options.hidden_size,
                                     .num_layers = options.layers,
                                     .dropout = options.dropout,
                                     .bidirectional = bidirectional})),
      dropout_(child<nn::Dropout>("dropout", options.dropout)),
      fc_(child<nn::Linear>("fc", (bidirectional ? 2 : 1) * options.hidden_size, options.classes)) {
}

Tensor LstmClassifier::forward(const Tensor& images) {
  const Tensor rows = transpose(images, 0, 1);  // (T, B, columns): row t of each image at step t
  const Tensor h_n = lstm_(rows).final.h;       // (layers D, B, H)
  const Index states = h_n.size(0), directions = lstm_.options().bidirectional ? 2 : 1;
  const Tensor last_layer = slice(h_n, 0, states - directions, states);                // (D, B, H)
  const Tensor features = reshape(transpose(last_layer, 0, 1), {images.size(0), -1});  // (B, D H)
  return fc_(dropout_(features));
}

}  // namespace scanline::models
