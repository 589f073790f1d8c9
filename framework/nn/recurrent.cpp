#include "scanline/framework/nn/recurrent.hpp"

#include <fmt/format.h>

#include <utility>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/nn/detail/recurrent_parameters.hpp"
#include "scanline/framework/ops/dropout.hpp"
#include "scanline/framework/ops/movement.hpp"
#include "scanline/framework/ops/recurrent_layer.hpp"

namespace scanline::nn {

Recurrent::Recurrent(const char* name, CellKind kind, const Options& options)
    : name_(name), kind_(kind), options_(options) {
  check_applicable(name, kind, options, /*is_cell=*/false);
  const Index hidden = options.hidden_size;
  if (options.input_size < 1 || hidden < 1 || options.num_layers < 1)
    throw Error(
        fmt::format("{}: needs an input size, a hidden size and layers of at least 1, got {}, {} "
                    "and {}",
                    name, options.input_size, hidden, options.num_layers));
  if (!(options.dropout >= 0 && options.dropout < 1))
    throw Error(fmt::format("{}: needs a dropout in [0, 1), got {}", name, options.dropout));
  if (options.proj_size < 0 || options.proj_size >= hidden)
    throw Error(fmt::format("{}: needs a projection to less than the {} hidden units, got {}", name,
                            hidden, options.proj_size));
  for (Index layer = 0; layer < options.num_layers; ++layer) {
    // A layer above the first reads the outputs of both directions below it.
    const Index inputs = layer == 0 ? options.input_size : directions() * options.output_size();
    for (Index direction = 0; direction < directions(); ++direction) {
      const auto own = [&](const char* tensor, Array initial) {
        return parameter(fmt::format("{}_l{}{}", tensor, layer, direction == 1 ? "_reverse" : ""),
                         std::move(initial));
      };
      parameters_.push_back(make_parameters(kind, options, inputs, own));
    }
  }
}

RecurrentSequence Recurrent::run(const Tensor& x, const RecurrentState& initial,
                                 const Lengths& lengths, bool with_output) {
  return named_call([&] { return run_sequence(x, initial, lengths, with_output); });
}

RecurrentSequence Recurrent::run_sequence(const Tensor& x, const RecurrentState& initial,
                                          const Lengths& lengths, bool with_output) {
  check_defined(name_, x);
  const bool is_single = x.rank() == 2, is_batch_first = options_.batch_first && !is_single;
  if ((x.rank() != 3 && !is_single) || x.size(-1) != options_.input_size)
    throw Error(fmt::format("{}: needs ({}, {}), or (T, {}) for a single sequence, got {}", name_,
                            options_.batch_first ? "B, T" : "T, B", options_.input_size,
                            options_.input_size, to_string(x.shape())));
  check_same_dtype(name_, x.dtype(), parameters_[0].weight_ih.dtype());
  Tensor sequence = x;  // (T, B, I)
  if (is_single) sequence = reshape(x, {x.size(0), 1, x.size(1)});
  if (is_batch_first) sequence = transpose(x, 0, 1);
  if (sequence.size(0) == 0)
    throw Error(fmt::format("{}: needs at least one step, got {}", name_, to_string(x.shape())));
  check_lengths(name_, lengths, sequence.size(0), sequence.size(1));

  const Index batch = sequence.size(1);
  RecurrentState states;
  states.h = initial_state("h", initial.h, x, batch, options_.output_size(), is_single);
  if (traits(kind_).has_cell_state)
    states.c = initial_state("c", initial.c, x, batch, options_.hidden_size, is_single);
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
  const Index count = options_.num_layers * directions();
  const Shape expected = is_single ? Shape{count, size} : Shape{count, batch, size};
  if (given.shape() != expected)
    throw Error(fmt::format("{}: x {} needs an initial {} {}, got {}", name_, to_string(x.shape()),
                            which, to_string(expected), to_string(given.shape())));
  check_same_dtype(name_, x.dtype(), given.dtype());
  return is_single ? reshape(given, {count, 1, size}) : given;
}

RecurrentSequence Recurrent::run_layers(const Tensor& x, const RecurrentState& initial,
                                        const Lengths& lengths, bool with_output) {
  Tensor sequence = x;  // what the next layer reads, (T, B, features)
  std::vector<Tensor> h_n, c_n;
  for (Index layer = 0; layer < options_.num_layers; ++layer) {
    if (layer > 0 && is_training() && options_.dropout > 0)
      sequence = dropout(sequence, options_.dropout, /*batch_axis=*/1);
    const Index first = layer * directions();
    const auto own_states = [&](const Tensor& all) {
      return all.defined() ? slice(all, 0, first, first + directions()) : Tensor();
    };
    const std::vector<RecurrentParameters> own(parameters_.begin() + first,
                                               parameters_.begin() + first + directions());
    const auto run_layer = options_.proj_size > 0 ? composed_layer : recurrent_layer;
    const bool is_last = layer + 1 == options_.num_layers;
    const RecurrentSequence read =
        run_layer(kind_, sequence, {own_states(initial.h), own_states(initial.c)}, own, lengths,
                  with_output || !is_last);
    sequence = read.output;
    h_n.push_back(read.final.h);
    c_n.push_back(read.final.c);
  }
  return {sequence,
          {concatenate(h_n, 0), traits(kind_).has_cell_state ? concatenate(c_n, 0) : Tensor()}};
}

}  // namespace scanline::nn
