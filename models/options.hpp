#pragma once

#include "scanline/framework/core/fields.hpp"

namespace scanline::models {

/// The task of a classifier. It is determined by the data and is not an option.
struct ImageTask {
  /// Height of an image: the time steps of a network that reads it row by row.
  Index rows = 28;
  /// Width of an image: the features of each time step.
  Index columns = 28;
  /// Number of logits.
  Index classes = 10;
};

/// The options that the built-in classifiers share.
struct LayerOptions {
  /// Units of each hidden layer, and in recurrent layers of each direction.
  Index hidden_size = 128;
  /// The number of hidden layers.
  Index layers = 1;
  /// The dropout probability between recurrent layers and before the classifier's head.
  double dropout = 0;

  /// Declares the options for the command line, configurations and model files.
  void declare(Fields& fields);
};

}  // namespace scanline::models
