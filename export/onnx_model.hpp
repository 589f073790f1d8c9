#pragma once

#include <map>
#include <string>

#include "scanline/framework/nn/module.hpp"
#include "scanline/models/options.hpp"

namespace scanline::exporting {

/// Ops of a program's own that are operators of ONNX with the same inputs and no attributes, by
/// name: "softsign" -> "Softsign".
using OnnxOperators = std::map<std::string, std::string>;

/// What an ONNX file says of a classifier besides its network.
struct OnnxDescription {
  std::string model;                                 ///< The name of the model, for messages.
  models::ImageTask task = {};                       ///< Sizes of images.
  double mean = 0;                                   ///< Mean of the pixels, scaled to [0, 1].
  double standard_deviation = 1;                     ///< Their standard deviation.
  std::map<std::string, std::string> metadata = {};  ///< Metadata of the file.
};

/// Writes a classifier as an ONNX file (opset 14) and returns the content of the file. It has the
/// input `image`, float32 (batch, rows, columns) from 0 to 1, and the outputs `logits` and
/// `probabilities`, for any batch size. A fused recurrent layer becomes a node LSTM, GRU or RNN,
/// and any other op one node or a few.
///
/// A `models::LineReader` is written for lines of any width: `image` is (batch, rows, width), where
/// the width is at least `columns_per_step()`, and the outputs are (steps, batch, classes + 1). All
/// lines of a batch have all columns.
///
/// The network is put into evaluation mode and run twice, with batches of different sizes, and with
/// lines of different widths. What differs between the two runs is written such that it follows the
/// batch size and the width.
/// @throws Error for an op without a counterpart in ONNX, which is named, and for a result that
///   depends on the image in another way than through ops.
std::string to_onnx(nn::Layer& network, const OnnxDescription& description,
                    const OnnxOperators& own_operators = {});

}  // namespace scanline::exporting
