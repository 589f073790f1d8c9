#include "scanline/framework/nn/recurrent.hpp"

#include <fmt/format.h>

#include <cmath>
#include <string>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/nn/init.hpp"
#include "scanline/framework/ops/dropout.hpp"
#include "scanline/framework/ops/movement.hpp"
#include "scanline/framework/ops/recurrent_layer.hpp"

namespace scanline::nn {

Array initial_recurrent(Shape shape, Index hidden_size) {
  return init::uniform(shape, 1 / std::sqrt(static_cast<double>(hidden_size)));
}

Recurrent::Recurrent(const Config& config) : config_(config) {
  const Index hidden = config.hidden_size, projected = config.proj_size;
  if (config.input_size < 1 || hidden < 1 || config.num_layers < 1)
    throw Error(
        fmt::format("{}: needs an input size, a hidden size and layers of at least 1, got {}, {} "
                    "and {}",
                    config.name, config.input_size, hidden, config.num_layers));
  if (!(config.dropout >= 0 && config.dropout < 1))
    throw Error(fmt::format("{}: needs a dropout in [0, 1), got {}", config.name, config.dropout));
  if (projected < 0 || projected >= hidden)
    throw Error(fmt::format("{}: needs a projection to less than the {} hidden units, got {}",
                            config.name, hidden, projected));
  const Index rows = traits(config.kind).gates * hidden;
  for (Index layer = 0; layer < config.num_layers; ++layer) {
    // A layer above the first reads what both directions below it put out.
    const Index inputs = layer == 0 ? config.input_size : directions() * output_size();
    for (Index direction = 0; direction < directions(); ++direction) {
      const auto own = [&](const char* name, const Shape& shape) {
        return parameter(fmt::format("{}_l{}{}", name, layer, direction == 1 ? "_reverse" : ""),
                         initial_recurrent(shape, hidden));
      };
      RecurrentParameters cell;
      cell.weight_ih = own("weight_ih", {rows, inputs});
      cell.weight_hh = own("weight_hh", {rows, output_size()});
      if (config.bias) {
        cell.bias_ih = own("bias_ih", {rows});
        cell.bias_hh = own("bias_hh", {rows});
      }
      if (projected > 0) cell.weight_hr = own("weight_hr", {projected, hidden});
      parameters_.push_back(cell);
    }
  }
}

RecurrentSequence Recurrent::run(const Tensor& x, const RecurrentState& initial,
                                 const Lengths& lengths, bool with_output) {
  check_defined(config_.name, x);
  const bool is_single = x.rank() == 2, is_batch_first = config_.batch_first && !is_single;
  if ((x.rank() != 3 && !is_single) || x.size(-1) != config_.input_size)
    throw Error(fmt::format("{}: needs ({}, {}), or (T, {}) for a single sequence, got {}",
                            config_.name, config_.batch_first ? "B, T" : "T, B", config_.input_size,
                            config_.input_size, to_string(x.shape())));
  check_same_dtype(config_.name, x.dtype(), parameters_[0].weight_ih.dtype());
  Tensor sequence = x;  // (T, B, I)
  if (is_single) sequence = reshape(x, {x.size(0), 1, x.size(1)});
  if (is_batch_first) sequence = transpose(x, 0, 1);
  if (sequence.size(0) == 0)
    throw Error(
        fmt::format("{}: needs at least one step, got {}", config_.name, to_string(x.shape())));
  check_lengths(config_.name, lengths, sequence.size(0), sequence.size(1));

  const Index batch = sequence.size(1);
  RecurrentState states;
  states.h = initial_state("h", initial.h, x, batch, output_size(), is_single);
  if (config_.kind == CellKind::lstm)
    states.c = initial_state("c", initial.c, x, batch, config_.hidden_size, is_single);
  RecurrentSequence result = run_layers(sequence, states, lengths, with_output);
  if (is_batch_first && with_output) result.output = transpose(result.output, 0, 1);
  if (is_single) {
    const auto without_batch = [](const Tensor& y) { return reshape(y, {y.size(0), y.size(2)}); };
    if (with_output) result.output = without_batch(result.output);
    result.final.h = without_batch(result.final.h);
    if (result.final.c.defined()) result.final.c = without_batch(result.final.c);
  }
  return result;
}

Tensor Recurrent::initial_state(const char* which, const Tensor& given, const Tensor& x,
                                Index batch, Index size, bool is_single) const {
  if (!given.defined()) return {};
  const Index count = config_.num_layers * directions();
  const Shape expected = is_single ? Shape{count, size} : Shape{count, batch, size};
  if (given.shape() != expected)
    throw Error(fmt::format("{}: x {} needs an initial {} {}, got {}", config_.name,
                            to_string(x.shape()), which, to_string(expected),
                            to_string(given.shape())));
  check_same_dtype(config_.name, x.dtype(), given.dtype());
  return is_single ? reshape(given, {count, 1, size}) : given;
}

RecurrentSequence Recurrent::run_layers(const Tensor& x, const RecurrentState& initial,
                                        const Lengths& lengths, bool with_output) {
  Tensor sequence = x;  // what the next layer reads, (T, B, features)
  std::vector<Tensor> h_n, c_n;
  for (Index layer = 0; layer < config_.num_layers; ++layer) {
    if (layer > 0 && is_training() && config_.dropout > 0)
      sequence = dropout(sequence, config_.dropout);
    const Index first = layer * directions();
    const auto own_states = [&](const Tensor& all) {
      return all.defined() ? slice(all, 0, first, first + directions()) : Tensor();
    };
    const std::vector<RecurrentParameters> own(parameters_.begin() + first,
                                               parameters_.begin() + first + directions());
    const auto run_layer = config_.proj_size > 0 ? composed_layer : recurrent_layer;
    const bool is_last = layer + 1 == config_.num_layers;
    const RecurrentSequence read =
        run_layer(config_.kind, sequence, {own_states(initial.h), own_states(initial.c)}, own,
                  lengths, with_output || !is_last);
    sequence = read.output;
    h_n.push_back(read.final.h);
    c_n.push_back(read.final.c);
  }
  const bool has_cell_state = config_.kind == CellKind::lstm;
  return {sequence, {concatenate(h_n, 0), has_cell_state ? concatenate(c_n, 0) : Tensor()}};
}

}  // namespace scanline::nn
