#pragma once

#include <string>
#include <vector>

#include "scanline/framework/core/named_arrays.hpp"
#include "scanline/models/options.hpp"

namespace scanline::exporting {

/// A trained classifier that is to be written as C.
struct Classifier {
  std::string model;                     ///< The name of the model, for messages.
  models::ImageTask task;                ///< Sizes of images, and the number of classes.
  double mean = 0;                       ///< Mean of the pixels, scaled to [0, 1].
  double standard_deviation = 1;         ///< Their standard deviation.
  std::vector<std::string> class_names;  ///< One for each class.
  NamedArrays tensors;                   ///< The parameters, with PyTorch's names.
};

/// The options of `to_c`.
struct COptions {
  /// The name of the functions and files; a C identifier.
  std::string name = "digits";
  /// Whether weights are stored as 8-bit integers, with a scale for each row of a matrix. The files
  /// are then a quarter as large, and results are close to those of the model.
  bool int8 = false;
  /// Whether to add a program that reads a PGM picture from standard input.
  bool with_main = false;
};

/// A classifier in C99.
struct CFiles {
  std::string header;  ///< NAME.h
  std::string source;  ///< NAME.c
};

/// Writes a classifier as C99 that needs nothing but the C library, allocates nothing and has no
/// state: `void NAME_predict(const float* image, float* probabilities, NAME_workspace* workspace)`.
/// It is also valid C++. Models that can be written are recurrent classifiers (tensors lstm.*,
/// gru.* or rnn.*, and fc.*) and fully connected ones (tensors layers.*).
/// @throws Error for another model, naming a tensor that has no place in the C code, and for a name
///   that is not a C identifier.
CFiles to_c(const Classifier& classifier, const COptions& options);

}  // namespace scanline::exporting
