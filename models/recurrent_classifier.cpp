#include "scanline/models/recurrent_classifier.hpp"

#include <vector>

#include "scanline/framework/core/error.hpp"
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
  return classify(last_states(transpose(images, 0, 1)));  // row t of each image at step t
}

template <class Network>
Tensor RecurrentClassifier<Network>::last_states(const Tensor& rows, const Lengths& lengths) {
  const Tensor h_n = network_.final_states(rows, {}, lengths).h;  // (layers D, B, H)
  const Index states = h_n.size(0);
  return slice(h_n, 0, states - network_.directions(), states);
}

template <class Network>
Tensor RecurrentClassifier<Network>::classify(const Tensor& states) {
  const Tensor features = reshape(transpose(states, 0, 1), {states.size(1), -1});  // (B, D H)
  return fc_(dropout_(features));
}

template <class Network>
RowReading RecurrentClassifier<Network>::read_rows(const Tensor& image) {
  if (image.shape().rank() != 3 || image.size(0) != 1)
    throw Error("read_rows: expected one image (1, rows, columns), found " +
                to_string(image.shape()));
  const Index rows = image.size(1);
  Lengths lengths;  // of copy number b: b + 1 rows
  for (Index row = 0; row < rows; ++row) lengths.push_back(row + 1);
  const std::vector<Tensor> copies(static_cast<std::size_t>(rows), transpose(image, 0, 1));
  const Tensor states = last_states(concatenate(copies, 1), lengths);
  return {classify(states), select(states, 0, 0)};
}

template class RecurrentClassifier<nn::LSTM>;
template class RecurrentClassifier<nn::GRU>;
template class RecurrentClassifier<nn::RNN>;

}  // namespace scanline::models
