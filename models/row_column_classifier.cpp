#include "scanline/models/row_column_classifier.hpp"

#include "scanline/framework/ops/movement.hpp"
#include "scanline/framework/ops/reduce.hpp"

namespace scanline::models {
namespace {

nn::LSTM::Options reader(const LayerOptions& options, Index features) {
  return {.input_size = features,
          .hidden_size = options.hidden_size,
          .num_layers = options.layers,
          .dropout = options.dropout,
          .bidirectional = true};
}

/// sequence (T, B, features) -> (B, 4 H): the final states of both directions, and the maximum over
/// time of both.
Tensor summary(nn::LSTM& lstm, const Tensor& sequence) {
  const auto read = lstm(sequence);
  const Index states = read.h_n.size(0);
  return concatenate({read.h_n[states - 2], read.h_n[states - 1], max(read.output, {0})}, 1);
}

}  // namespace

RowColumnClassifier::RowColumnClassifier(const ImageTask& task, const Options& options)
    : rows_(child<nn::LSTM>("rows", reader(options, task.columns))),
      columns_(child<nn::LSTM>("columns", reader(options, task.rows))),
      dropout_(child<nn::Dropout>("dropout", options.dropout)),
      fc_(child<nn::Linear>("fc", 8 * options.hidden_size, task.classes)) {}

Tensor RowColumnClassifier::forward(const Tensor& images) {
  const Tensor of_rows = summary(rows_, permute(images, {1, 0, 2}));
  const Tensor of_columns = summary(columns_, permute(images, {2, 0, 1}));
  return fc_(dropout_(concatenate({of_rows, of_columns}, 1)));
}

}  // namespace scanline::models
