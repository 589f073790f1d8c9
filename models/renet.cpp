#include "scanline/models/renet.hpp"

#include <fmt/format.h>

#include "scanline/framework/ops/movement.hpp"

namespace scanline::models {
namespace {

/// Positions of an axis in pairs; the last one may be alone.
Index halved(Index extent) { return (extent + 1) / 2; }

/// With one more position of zeros along `axis` where their number is odd.
Tensor make_even(const Tensor& grid, Index axis) {
  return grid.size(axis) % 2 == 0 ? grid : pad(grid, axis, 0, 1);
}

/// grid (rows, columns, B, C) -> its patches of 2 x 2 places, (rows / 2, columns / 2, B, 4 C).
Tensor patches(const Tensor& grid) {
  const Tensor even = make_even(make_even(grid, 0), 1);
  const Index rows = even.size(0) / 2, columns = even.size(1) / 2, batch = even.size(2),
              features = even.size(3);
  const Tensor pairs = reshape(even, {rows, 2, columns, 2, batch, features});
  return reshape(permute(pairs, {0, 2, 4, 1, 3, 5}), {rows, columns, batch, 4 * features});
}

/// Takes the LSTM along the first axis of a grid (T, N, B, C), for all places of the second at once
/// -> (T, N, B, 2 H).
Tensor sweep(nn::LSTM& lstm, const Tensor& grid) {
  const Index steps = grid.size(0), places = grid.size(1), batch = grid.size(2);
  const auto read = lstm(reshape(grid, {steps, places * batch, grid.size(3)}));
  return reshape(read.output, {steps, places, batch, read.output.size(2)});
}

}  // namespace

Renet::Renet(const ImageTask& task, const Options& options)
    : dropout_between_(child<nn::Dropout>("dropout_between", options.dropout, /*batch_axis=*/2)),
      dropout_(child<nn::Dropout>("dropout", options.dropout)) {
  Index rows = task.rows, columns = task.columns, features = 1, hidden = options.hidden_size;
  for (Index level = 0; level < options.layers; ++level) {
    const auto lstm = [&](const char* name, Index inputs) -> nn::LSTM& {
      return child<nn::LSTM>(fmt::format("{}{}", name, level),
                             {.input_size = inputs, .hidden_size = hidden, .bidirectional = true});
    };
    nn::LSTM& down = lstm("down", 4 * features);
    levels_.push_back({down, lstm("across", 2 * hidden)});
    rows = halved(rows);
    columns = halved(columns);
    features = 2 * hidden;
    hidden *= 2;
  }
  fc_ = &child<nn::Linear>("fc", rows * columns * features, task.classes);
}

Tensor Renet::forward(const Tensor& images) {
  Tensor grid = permute(images, {1, 2, 0});  // (rows, columns, B)
  grid = reshape(grid, {grid.size(0), grid.size(1), grid.size(2), 1});
  for (const Level& level : levels_) {
    if (&level != &levels_.front()) grid = dropout_between_(grid);
    const Tensor columns = sweep(level.down, patches(grid));
    const Tensor across = sweep(level.across, transpose(columns, 0, 1));
    grid = transpose(across, 0, 1);
  }
  const Tensor places = permute(grid, {2, 0, 1, 3});  // (B, rows, columns, C)
  return (*fc_)(dropout_(reshape(places, {images.size(0), -1})));
}

}  // namespace scanline::models
