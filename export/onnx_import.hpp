#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "scanline/framework/core/named_arrays.hpp"

namespace scanline::exporting {

/// A classifier that was read from an ONNX file, as a model file of scanline holds it.
struct ImportedModel {
  NamedArrays tensors;                          ///< The parameters, with scanline's names.
  std::map<std::string, std::string> metadata;  ///< The description.
};

/// Reads a classifier from an ONNX file: LSTM, GRU or RNN layers over the rows of an image in one
/// direction or both, and a linear head over the final hidden states of the last layer. PyTorch,
/// tf2onnx and `to_onnx` write such files. The graph is followed from node to node, so that the
/// model computes what the graph computes. The normalization of the pixels is read from the graph,
/// and class names and the like from the metadata if scanline has written the file. This needs no
/// library, whether scanline is built with ONNX or not.
/// @throws Error, naming the file, when it is damaged, and for a graph that is not such a
///   classifier; the message names the node or what else does not fit.
ImportedModel read_onnx(const std::filesystem::path& file);

}  // namespace scanline::exporting
