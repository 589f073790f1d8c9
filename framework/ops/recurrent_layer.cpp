#include "scanline/framework/ops/recurrent_layer.hpp"

#include <fmt/format.h>

#include <utility>

#include "scanline/framework/autograd/backward.hpp"
#include "scanline/framework/autograd/make_op.hpp"
#include "scanline/framework/core/error.hpp"
#include "scanline/framework/ops/composed.hpp"
#include "scanline/framework/ops/create.hpp"
#include "scanline/framework/ops/detail/layer_passes.hpp"
#include "scanline/framework/ops/movement.hpp"

namespace scanline {
namespace {

[[noreturn]] void fail(const std::string& expected, const std::string& found) {
  throw Error(fmt::format("recurrent_layer: needs {}, got {}", expected, found));
}

void check_shape(const char* name, const Tensor& tensor, const Shape& expected, DType dtype) {
  if (!tensor.defined()) fail(fmt::format("{} {}", name, to_string(expected)), "none");
  check_same_dtype("recurrent_layer", dtype, tensor.dtype());
  if (tensor.shape() != expected)
    fail(fmt::format("{} {}", name, to_string(expected)), to_string(tensor.shape()));
}

/// @throws Error unless everything fits x.
void check(CellKind kind, const Tensor& x, const RecurrentState& initial,
           const std::vector<RecurrentParameters>& directions, const Lengths& lengths) {
  check_defined("recurrent_layer", x);
  if (x.rank() != 3 || x.size(0) == 0)
    fail("(T, B, I) with at least one step", to_string(x.shape()));
  if (directions.empty() || directions.size() > 2)
    fail("one direction or two", fmt::to_string(directions.size()));
  const auto count = static_cast<Index>(directions.size());
  const Tensor& first_hh = directions.front().weight_hh;
  if (!first_hh.defined() || first_hh.rank() != 2)
    fail("weight_hh of two axes", first_hh.defined() ? to_string(first_hh.shape()) : "none");
  const Index hidden = first_hh.size(-1), rows = traits(kind).gates * hidden;
  const bool has_bias = directions.front().bias_ih.defined();
  const DType dtype = x.dtype();
  for (const RecurrentParameters& own : directions) {
    if (own.weight_hr.defined()) fail("no projection", "weight_hr");
    check_shape("weight_ih", own.weight_ih, {rows, x.size(2)}, dtype);
    check_shape("weight_hh", own.weight_hh, {rows, hidden}, dtype);
    if (own.bias_ih.defined() != has_bias || own.bias_hh.defined() != has_bias)
      fail("all biases or none", "some of them");
    if (!has_bias) continue;
    check_shape("bias_ih", own.bias_ih, {rows}, dtype);
    check_shape("bias_hh", own.bias_hh, {rows}, dtype);
  }
  const Shape states{count, x.size(1), hidden};
  if (initial.h.defined()) check_shape("h", initial.h, states, dtype);
  if (traits(kind).has_cell_state && initial.c.defined())
    check_shape("c", initial.c, states, dtype);
  check_lengths("recurrent_layer", lengths, x.size(0), x.size(1));
}

/// A copy of what a backward pass overwrites.
template <class Kept>
Kept copy_of(const Kept& kept) {
  Kept result = kept;
  result.concatenated = kept.concatenated.copy();
  result.slots = kept.slots.copy();
  if (kept.cells.defined()) result.cells = kept.cells.copy();
  return result;
}

}  // namespace

RecurrentSequence recurrent_layer(CellKind kind, const Tensor& x, const RecurrentState& initial,
                                  const std::vector<RecurrentParameters>& directions,
                                  const Lengths& lengths, bool with_output) {
  check(kind, x, initial, directions, lengths);
  const bool has_bias = directions.front().bias_ih.defined();
  const auto given_or_empty = [&](const Tensor& state) {
    return state.defined() ? state : Tensor(Array({0}, x.dtype()));
  };
  std::vector<Tensor> inputs{x, given_or_empty(initial.h)};
  if (traits(kind).has_cell_state) inputs.push_back(given_or_empty(initial.c));
  for (const RecurrentParameters& own : directions) {
    inputs.insert(inputs.end(), {own.weight_ih, own.weight_hh});
    if (has_bias) inputs.insert(inputs.end(), {own.bias_ih, own.bias_hh});
  }
  std::vector<Tensor> results;
  dispatch("recurrent_layer", x.dtype(), [&](auto zero) {
    LayerPasses<decltype(zero)> passes(kind, x.shape(), directions.front().weight_hh.size(-1),
                                       static_cast<Index>(directions.size()), has_bias, lengths,
                                       is_recorded(inputs));
    auto forward = passes.forward(x.value(), initial, directions, with_output);
    results =
        make_op("recurrent_layer", inputs, forward.results,
                [passes = std::move(passes), kept = std::move(forward.kept)](
                    const std::vector<Array>& grads, InputGrads& to) mutable {
                  // The pass overwrites what it is given.
                  passes.backward(is_graph_retained() ? copy_of(kept) : std::move(kept), grads, to);
                },
                {{"kind", static_cast<Index>(kind)},
                 {"directions", static_cast<Index>(directions.size())},
                 {"has_bias", Index{has_bias}},
                 {"lengths", lengths}});
  });
  return {with_output ? results[0] : Tensor(),
          {results[1], results.size() > 2 ? results[2] : Tensor()}};
}

RecurrentSequence composed_layer(CellKind kind, const Tensor& x, const RecurrentState& initial,
                                 const std::vector<RecurrentParameters>& directions,
                                 const Lengths& lengths, bool with_output) {
  return composed("composed_layer", [&] {
    std::vector<Tensor> outputs, h_n, c_n;
    for (std::size_t d = 0; d < directions.size(); ++d) {
      const auto own = [&](const Tensor& states, Index size) {
        const auto i = static_cast<Index>(d);
        return states.defined() ? select(states, 0, i) : zeros({x.size(1), size}, x.dtype());
      };
      const Tensor& weight_hh = directions[d].weight_hh;
      const RecurrentSequence read = recurrent_sequence(
          kind, x,
          {own(initial.h, weight_hh.size(-1)),
           traits(kind).has_cell_state ? own(initial.c, weight_hh.size(0) / traits(kind).gates)
                                       : Tensor()},
          directions[d], d == 0 ? Direction::forward : Direction::reverse, lengths);
      outputs.push_back(read.output);
      h_n.push_back(read.final.h);
      c_n.push_back(read.final.c);
    }
    return RecurrentSequence{
        with_output ? concatenate(outputs, 2) : Tensor(),
        {stack(h_n, 0), traits(kind).has_cell_state ? stack(c_n, 0) : Tensor()}};
  });
}

}  // namespace scanline
