#include "scanline/models/options.hpp"

namespace scanline::models {

void LayerOptions::declare(Fields& fields) {
  fields.add("hidden-size", hidden_size, {1, 8192},
             "Hidden units of a layer, per direction if it is recurrent");
  fields.add("layers", layers, {1, 100}, "Number of hidden layers");
  fields.add("dropout", dropout, {0, 0.99},
             "Dropout probability between layers and before the head");
}

}  // namespace scanline::models
