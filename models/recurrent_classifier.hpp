#pragma once

#include "scanline/framework/nn/dropout.hpp"
#include "scanline/framework/nn/linear.hpp"
#include "scanline/framework/ops/recurrent.hpp"
#include "scanline/models/options.hpp"
#include "scanline/models/row_reader.hpp"

namespace scanline::models {

/// A recurrent network that reads one row of an image per time step, and a linear head over the
/// last layer's final hidden states. In a bidirectional network these are h_n[-2] and h_n[-1], and
/// not the *output* at the last time step, where the reverse direction has only read a single row.
///
/// `Network` is nn::LSTM, nn::GRU or nn::RNN. Parameters have the names that PyTorch code gives to
/// `self.lstm` (or `self.gru`, `self.rnn`) and `self.fc`.
template <class Network>
class RecurrentClassifier : public nn::Layer, public RowReader {
 public:
  /// `name` is the name of the recurrent child.
  RecurrentClassifier(const char* name, const ImageTask& task, const LayerOptions& options,
                      bool bidirectional);
  /// images (B, rows, columns) -> logits (B, classes). @throws Error for images of another size.
  Tensor forward(const Tensor& images) override;
  /// image (1, rows, columns) -> logits (rows, classes) and forward hidden states (rows, H).
  /// @throws Error for an image of another size, or several images.
  RowReading read_rows(const Tensor& image) override;

 private:
  /// rows (T, B, columns) -> the final hidden states of the last layer, (D, B, H).
  Tensor last_states(const Tensor& rows, const Lengths& lengths = {});
  /// The states of `last_states` -> logits (B, classes).
  Tensor classify(const Tensor& states);

  Network& network_;
  nn::Dropout& dropout_;
  nn::Linear& fc_;
};

}  // namespace scanline::models
