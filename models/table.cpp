#include "models/table.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "framework/core/error.hpp"
#include "models/lstm_classifier.hpp"
#include "models/mlp.hpp"

namespace scanline::models {

Table built_in() {
  return {
      {"bilstm", "LSTM that reads the rows of an image both ways",
       [](const Options& options) {
         return std::make_unique<LstmClassifier>(options, /*bidirectional=*/true);
       }},
      {"lstm", "LSTM that reads the rows of an image from top to bottom",
       [](const Options& options) {
         return std::make_unique<LstmClassifier>(options, /*bidirectional=*/false);
       }},
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
  throw Error(fmt::format("there is no model '{}'; known are {}", name, fmt::join(names, ", ")));
}

}  // namespace scanline::models
