#include "scanline/framework/nn/layer_norm_lstm.hpp"

#include <fmt/format.h>

#include <cmath>
#include <string>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/nn/detail/recurrent_parameters.hpp"
#include "scanline/framework/nn/init.hpp"
#include "scanline/framework/ops/activation.hpp"
#include "scanline/framework/ops/create.hpp"
#include "scanline/framework/ops/dropout.hpp"
#include "scanline/framework/ops/elementwise.hpp"
#include "scanline/framework/ops/matmul.hpp"
#include "scanline/framework/ops/movement.hpp"

namespace scanline::nn {
namespace {

constexpr const char* layer_name = "layer_norm_lstm";

void check_options(const RecurrentOptions& options) {
  // A GRU has no projection either.
  check_applicable(layer_name, CellKind::gru, options, /*is_cell=*/false);
  if (!options.bias) throw Error(fmt::format("{}: does not have the option bias", layer_name));
  if (options.input_size < 1 || options.hidden_size < 1 || options.num_layers < 1)
    throw Error(
        fmt::format("{}: needs an input size, a hidden size and layers of at least 1, got {}, {} "
                    "and {}",
                    layer_name, options.input_size, options.hidden_size, options.num_layers));
  if (!(options.dropout >= 0 && options.dropout < 1))
    throw Error(fmt::format("{}: needs a dropout in [0, 1), got {}", layer_name, options.dropout));
}

}  // namespace

LayerNormLSTM::LayerNormLSTM(const Options& options) : options_(options) {
  check_options(options);
  const Index hidden = options.hidden_size;
  const double bound = 1 / std::sqrt(static_cast<double>(hidden));
  for (Index layer = 0; layer < options.num_layers; ++layer)
    for (Index direction = 0; direction < directions(); ++direction) {
      const std::string suffix = fmt::format("_l{}{}", layer, direction == 1 ? "_reverse" : "");
      const Index inputs = layer == 0 ? options.input_size : directions() * hidden;
      const auto weight = [&](const char* name, Index columns) {
        return parameter(name + suffix, init::uniform({4 * hidden, columns}, bound));
      };
      const auto norm = [&](const char* name, Index features) -> LayerNorm& {
        return child<LayerNorm>(name + suffix, features);
      };
      cells_.push_back({weight("weight_ih", inputs), weight("weight_hh", hidden),
                        norm("norm_ih", 4 * hidden), norm("norm_hh", 4 * hidden),
                        norm("norm_c", hidden)});
    }
}

LayerNormLSTM::Output LayerNormLSTM::operator()(const Tensor& x, const RecurrentState& initial,
                                                const Lengths& lengths) {
  return named_call([&] {
    check(x, initial, lengths);
    if (!options_.batch_first) return run(x, initial, lengths);
    Output result = run(transpose(x, 0, 1), initial, lengths);
    result.output = transpose(result.output, 0, 1);
    return result;
  });
}

void LayerNormLSTM::check(const Tensor& x, const RecurrentState& initial,
                          const Lengths& lengths) const {
  check_defined(layer_name, x);
  check_same_dtype(layer_name, x.dtype(), cells_[0].weight_ih.dtype());
  const Index step_axis = options_.batch_first ? 1 : 0;
  if (x.rank() != 3 || x.size(2) != options_.input_size || x.size(step_axis) == 0)
    throw Error(fmt::format("{}: needs ({}, {}) of at least one step, got {}", layer_name,
                            options_.batch_first ? "B, T" : "T, B", options_.input_size,
                            to_string(x.shape())));
  const Index batch = x.size(1 - step_axis);
  check_lengths(layer_name, lengths, x.size(step_axis), batch);
  const Shape states{options_.num_layers * directions(), batch, options_.hidden_size};
  for (const Tensor& state : {initial.h, initial.c}) {
    if (!state.defined()) continue;
    check_same_dtype(layer_name, x.dtype(), state.dtype());
    if (state.shape() != states)
      throw Error(fmt::format("{}: x {} needs initial states {}, got {}", layer_name,
                              to_string(x.shape()), to_string(states), to_string(state.shape())));
  }
}

LayerNormLSTM::Output LayerNormLSTM::run(const Tensor& x, const RecurrentState& initial,
                                         const Lengths& lengths) {
  Tensor sequence = x;  // what the next layer reads, (T, B, features)
  std::vector<Tensor> h_n, c_n;
  for (Index layer = 0; layer < options_.num_layers; ++layer) {
    if (layer > 0 && is_training() && options_.dropout > 0)
      sequence = dropout(sequence, options_.dropout);
    std::vector<Tensor> outputs;
    for (Index direction = 0; direction < directions(); ++direction) {
      const Index number = layer * directions() + direction;
      const auto own_state = [&](const Tensor& all) {
        return all.defined() ? select(all, 0, number)
                             : zeros({x.size(1), options_.hidden_size}, x.dtype());
      };
      const RecurrentSequence result =
          read(cells_[static_cast<std::size_t>(number)], sequence,
               {own_state(initial.h), own_state(initial.c)},
               direction == 0 ? Direction::forward : Direction::reverse, lengths);
      outputs.push_back(result.output);
      h_n.push_back(result.final.h);
      c_n.push_back(result.final.c);
    }
    sequence = concatenate(outputs, 2);
  }
  return {sequence, stack(h_n, 0), stack(c_n, 0)};
}

/// Runs one direction over x (T, B, I). The products with x are computed for all steps at once.
RecurrentSequence LayerNormLSTM::read(const Cell& cell, const Tensor& x,
                                      const RecurrentState& initial, Direction direction,
                                      const Lengths& lengths) const {
  const auto step = [&cell](const Tensor& of_x, const RecurrentState& state) {
    const Tensor of_h = cell.norm_hh(linear(state.h, cell.weight_hh, Tensor()));
    const std::vector<Tensor> a = split(of_x + of_h, 4, 1);
    const Tensor c = sigmoid(a[1]) * state.c + sigmoid(a[0]) * tanh(a[2]);
    return RecurrentState{sigmoid(a[3]) * tanh(cell.norm_c(c)), c};
  };
  return recurrent_sequence(step, cell.norm_ih(linear(x, cell.weight_ih, Tensor())), initial,
                            direction, lengths);
}

}  // namespace scanline::nn
