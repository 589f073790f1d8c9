#include "scanline/models/recurrent_classifier.hpp"

#include "scanline/framework/nn/gru.hpp"
#include "scanline/framework/nn/lstm.hpp"
#include "scanline/framework/nn/rnn.hpp"
#include "scanline/framework/ops/movement.hpp"

namespace scanline::models {

template <class Network>
RecurrentClassifier<Network>::RecurrentClassifier(const char* name, const ImageTask& task,
                                                  const LayerOptions& options, bool bidirectional)
    : network_(child<Network>(name, {.input_size = task.columns,
                                     .hidden_size = options.hidden_size,
                                     .num_layers = options.layers,
                                     .dropout = options.dropout,
                                     .bidirectional = bidirectional})),
      dropout_(child<nn::Dropout>("dropout", options.dropout)),
      fc_(child<nn::Linear>("fc", network_.directions() * options.hidden_size, task.classes)) {}

template <class Network>
Tensor RecurrentClassifier<Network>::forward(const Tensor& images) {
  const Tensor rows = transpose(images, 0, 1);  // (T, B, columns): row t of each image at step t
  const Tensor h_n = network_.final_states(rows).h;  // (layers D, B, H)
  const Index states = h_n.size(0);
  const Tensor last_layer = slice(h_n, 0, states - network_.directions(), states);     // (D, B, H)
  const Tensor features = reshape(transpose(last_layer, 0, 1), {images.size(0), -1});  // (B, D H)
  return fc_(dropout_(features));
}

template class RecurrentClassifier<nn::LSTM>;
template class RecurrentClassifier<nn::GRU>;
template class RecurrentClassifier<nn::RNN>;

}  // namespace scanline::models
