#include "scanline/models/reader.hpp"

#include <fmt/format.h>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/format.hpp"
#include "scanline/framework/ops/movement.hpp"

namespace scanline::models {

void Reader::Options::declare(Fields& fields) {
  layers.declare(fields);
  fields.add("step-columns", step_columns, {1, 8}, "Columns of a line that are read in one step");
}

Reader::Reader(const ImageTask& task, const Options& options)
    : rows_(task.rows),
      step_columns_(options.step_columns),
      lstm_(child<nn::LSTM>("lstm", {.input_size = task.rows * options.step_columns,
                                     .hidden_size = options.layers.hidden_size,
                                     .num_layers = options.layers.layers,
                                     .dropout = options.layers.dropout,
                                     .bidirectional = true})),
      dropout_(child<nn::Dropout>("dropout", options.layers.dropout, /*batch_axis=*/1)),
      fc_(child<nn::Linear>("fc", 2 * options.layers.hidden_size, task.classes + 1)) {}

LineScores Reader::read_lines(const Tensor& images, const Lengths& widths) {
  if (images.rank() != 3 || images.size(1) != rows_ || images.size(2) < step_columns_)
    throw Error(fmt::format("reader: needs lines (B, {}, columns) of at least {} columns, got {}",
                            rows_, step_columns_, images.shape()));
  const Index batch = images.size(0), steps = images.size(2) / step_columns_;
  Lengths lengths;
  for (const Index width : widths) lengths.push_back(width / step_columns_);
  check_lengths("reader", lengths, steps, batch);
  const Tensor columns = reshape(permute(slice(images, 2, 0, steps * step_columns_), {2, 0, 1}),
                                 {steps, step_columns_, batch, rows_});
  const Tensor sequence = reshape(permute(columns, {0, 2, 1, 3}), {steps, batch, -1});
  return {fc_(dropout_(lstm_(sequence, {}, lengths).output)), lengths};
}

}  // namespace scanline::models
