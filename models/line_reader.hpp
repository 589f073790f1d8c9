#pragma once

#include "scanline/framework/nn/module.hpp"
#include "scanline/framework/ops/recurrent.hpp"

namespace scanline::models {

/// What a network says of each step of some lines.
struct LineScores {
  /// (T, B, classes + 1). The last class is the blank of `ctc_loss`, which stands for no character.
  Tensor logits;
  /// The steps of each line, from 1 to T; empty where all lines have all T.
  Lengths steps;
};

/// A network that reads lines of characters, from left to right. It is trained with `ctc_loss`.
class LineReader {
 public:
  virtual ~LineReader() = default;
  /// Reads lines (B, rows, columns), of which line b is widths[b] pixels wide and padded behind
  /// that; without widths, all lines have all columns.
  /// @throws Error when the shape or the widths do not fit.
  virtual LineScores read_lines(const Tensor& images, const Lengths& widths) = 0;
  /// The columns of a line that become one step.
  virtual Index columns_per_step() const = 0;
};

/// Whether a network is a `LineReader`.
inline bool reads_lines(const nn::Layer& network) {
  return dynamic_cast<const LineReader*>(&network) != nullptr;
}

}  // namespace scanline::models
