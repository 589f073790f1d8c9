#include "scanline/models/table.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string_view>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/printable.hpp"
#include "scanline/framework/nn/gru.hpp"
#include "scanline/framework/nn/lstm.hpp"
#include "scanline/framework/nn/rnn.hpp"
#include "scanline/models/mlp.hpp"
#include "scanline/models/recurrent_classifier.hpp"
#include "scanline/models/renet.hpp"
#include "scanline/models/row_column_classifier.hpp"

namespace scanline::models {
namespace {

/// A row of the table. A name that begins with "bi" is that of a network that reads both ways; the
/// rest of it names the recurrent child, as PyTorch code does.
template <class Network>
Entry recurrent(const char* name, const char* description) {
  const bool bidirectional = std::string_view(name).starts_with("bi");
  const char* child = bidirectional ? name + 2 : name;
  return {name, description, [=](const Options& options) {
            return std::make_unique<RecurrentClassifier<Network>>(child, options, bidirectional);
          }};
}

}  // namespace

Table built_in() {
  return {
      recurrent<nn::LSTM>("bilstm", "LSTM that reads the rows of an image both ways"),
      {"rowcol", "two LSTMs, of which one reads the rows and one the columns, both ways",
       [](const Options& options) { return std::make_unique<RowColumnClassifier>(options); }},
      {"renet", "LSTMs that sweep over patches of an image, down and across, both ways",
       [](const Options& options) { return std::make_unique<Renet>(options); }},
      recurrent<nn::LSTM>("lstm", "LSTM that reads the rows of an image from top to bottom"),
      recurrent<nn::GRU>("bigru", "gated recurrent units, both ways"),
      recurrent<nn::GRU>("gru", "gated recurrent units, from top to bottom"),
      recurrent<nn::RNN>("birnn", "simple recurrent network, both ways"),
      recurrent<nn::RNN>("rnn", "simple recurrent network, from top to bottom"),
      {"mlp", "dense layers over all pixels at once, as a baseline",
       [](const Options& options) { return std::make_unique<Mlp>(options); }},
  };
}

const Entry& find(const Table& table, const std::string& name) {
  std::vector<std::string> names;
  for (const Entry& entry : table) {
    if (entry.name == name) return entry;
    names.push_back(entry.name);
  }
  throw Error(fmt::format("there is no model '{}'; known are {}", printable(name, longest_quote),
                          fmt::join(names, ", ")));
}

}  // namespace scanline::models
