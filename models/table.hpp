#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "scanline/framework/nn/module.hpp"

namespace scanline::models {

/// What the command line can ask of any classifier.
struct Options {
  /// Height of an image: the time steps of a network that reads it row by row.
  Index rows = 28;
  /// Width of an image: the features of each time step.
  Index columns = 28;
  /// What an image is told from: the number of logits.
  Index classes = 10;
  /// Units of each hidden layer; for recurrent ones, of each direction.
  Index hidden_size = 128;
  /// Hidden layers.
  Index layers = 1;
  /// Between recurrent layers and before the classifier's head.
  double dropout = 0;
};

/// A kind of classifier, as `--model` names it. What `make` returns maps images (B, rows, columns)
/// to logits (B, classes).
struct Entry {
  /// What `--model` and model files call it.
  std::string name;
  /// One line, for `info`.
  std::string description;
  /// Makes the network, with random weights.
  std::function<std::unique_ptr<nn::Layer>(const Options&)> make;
};

/// The classifiers to choose from, in the order in which they are listed.
using Table = std::vector<Entry>;

/// The classifiers that come with scanline. A trainer with models of its own appends them to this
/// and passes the whole to `train::main`.
Table built_in();

/// The entry of that name. @throws Error that lists the known names.
const Entry& find(const Table& table, const std::string& name);

}  // namespace scanline::models
