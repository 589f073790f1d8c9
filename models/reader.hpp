#pragma once

#include "scanline/framework/nn/dropout.hpp"
#include "scanline/framework/nn/linear.hpp"
#include "scanline/framework/nn/lstm.hpp"
#include "scanline/models/line_reader.hpp"
#include "scanline/models/options.hpp"

namespace scanline::models {

/// A bidirectional LSTM over the columns of a line of characters, with a linear head that scores
/// the classes at each step. Lines can have any width.
class Reader : public nn::Layer, public LineReader {
 public:
  /// The options.
  struct Options {
    /// The sizes of the LSTM.
    LayerOptions layers = {.hidden_size = 128, .layers = 2};
    /// Neighbouring columns of a line that are read in one step.
    Index step_columns = 2;

    /// Declares the options for the command line, configurations and model files.
    void declare(Fields& fields);
  };
  /// A reader of lines with `task.rows` rows. The columns of the task do not matter.
  Reader(const ImageTask& task, const Options& options);
  /// Lines (B, rows, columns) -> the logits of `read_lines`, where all lines have all columns.
  Tensor forward(const Tensor& images) override { return read_lines(images, {}).logits; }
  /// A last step that a line does not fill is not read.
  LineScores read_lines(const Tensor& images, const Lengths& widths) override;
  Index columns_per_step() const override { return step_columns_; }

 private:
  Index rows_, step_columns_;
  nn::LSTM& lstm_;
  nn::Dropout& dropout_;
  nn::Linear& fc_;
};

}  // namespace scanline::models
