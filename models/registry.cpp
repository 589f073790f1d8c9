#include "scanline/models/registry.hpp"

#include <string_view>

#include "scanline/framework/nn/gru.hpp"
#include "scanline/framework/nn/lstm.hpp"
#include "scanline/framework/nn/rnn.hpp"
#include "scanline/models/cnn.hpp"
#include "scanline/models/mlp.hpp"
#include "scanline/models/reader.hpp"
#include "scanline/models/recurrent_classifier.hpp"
#include "scanline/models/renet.hpp"
#include "scanline/models/row_column_classifier.hpp"
#include "scanline/models/transformer.hpp"

namespace scanline::models {
namespace {

/// A row of the registry. A name that begins with "bi" stands for a bidirectional network. The rest
/// of the name is that of the recurrent child, as in PyTorch code.
template <class Network>
Registry::Entry recurrent(const char* name, const char* help) {
  const bool bidirectional = std::string_view(name).starts_with("bi");
  const char* child = bidirectional ? name + 2 : name;
  return Registry::entry<LayerOptions>(
      name, help, [=](const ImageTask& task, const LayerOptions& options) {
        return std::make_unique<RecurrentClassifier<Network>>(child, task, options, bidirectional);
      });
}

}  // namespace

Registry built_in() {
  return {"model",
          {
              recurrent<nn::LSTM>("bilstm", "Bidirectional LSTM over the rows of an image"),
              Registry::entry<RowColumnClassifier>(
                  "rowcol", "Two bidirectional LSTMs, one over the rows and one over the columns"),
              Registry::entry<Renet>("renet",
                                     "Bidirectional LSTMs that sweep over patches of an image"),
              recurrent<nn::LSTM>("lstm", "LSTM over the rows of an image, from top to bottom"),
              recurrent<nn::GRU>("bigru", "Bidirectional GRU over the rows of an image"),
              recurrent<nn::GRU>("gru", "GRU over the rows of an image, from top to bottom"),
              recurrent<nn::RNN>("birnn", "Bidirectional simple RNN over the rows of an image"),
              recurrent<nn::RNN>("rnn", "Simple RNN over the rows of an image, from top to bottom"),
              Registry::entry<Reader>(
                  "reader", "Bidirectional LSTM over the columns of a line of characters"),
              Registry::entry<Cnn>("cnn", "Convolutional network, as a yardstick")
                  .with({{"hidden-size", "32"}, {"layers", "2"}, {"dropout", "0.3"}}),
              Registry::entry<Transformer>("transformer", "Transformer over the rows of an image")
                  .with({{"layers", "2"}}),
              Registry::entry<Mlp>("mlp", "Fully connected layers over all pixels, as a baseline"),
          }};
}

}  // namespace scanline::models
