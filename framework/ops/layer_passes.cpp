#include "scanline/framework/ops/detail/layer_passes.hpp"

#include <numeric>
#include <type_traits>

#include "scanline/framework/core/parallel.hpp"
#include "scanline/framework/ops/detail/best_kernels.hpp"
#include "scanline/framework/ops/precision.hpp"

namespace scanline {
namespace {

/// Rows of the weights' gradients that one task adds up and turns into columns: a cache line.
constexpr Index gradient_rows = 16;

/// The gates of weight_hh, and for most kinds of weight_ih, in the order of the slots.
constexpr int in_order[] = {0, 1, 2, 3};

std::size_t at(Index i) { return static_cast<std::size_t>(i); }

/// The kernels of a pass: those for bfloat16 only while training, which is recorded.
template <class T>
const kernels::Kernels<T>& kernels_of_pass(bool is_recorded) {
  if constexpr (std::is_same_v<T, float>)
    if (is_recorded && training_precision() == Precision::bf16) return *bf16_kernels();
  return best_kernels<T>();
}

}  // namespace

template <class T>
LayerPasses<T>::LayerPasses(CellKind kind, const Shape& x, Index hidden, Index directions,
                            bool has_bias, const Lengths& lengths, bool is_recorded)
    : kernels_(kernels_of_pass<T>(is_recorded)),
      kind_(kind),
      traits_(traits(kind)),
      has_bias_(has_bias),
      has_padding_(!lengths.empty()),
      keeps_steps_(is_recorded) {
  const Index lanes = kernels_.lanes, units = kernels::padded_units(hidden, lanes);
  // One vector more than the slots need keeps the rows from starting a power of 2 apart.
  sizes_ = {x[0],
            x[1],
            x[2],
            hidden,
            directions,
            units,
            kernels::padded_units(units + x[2] + 1, lanes),
            traits_.slots * units + lanes};
  order_.resize(at(sizes_.batch));
  std::iota(order_.begin(), order_.end(), 0);
  length_.assign(at(sizes_.batch), sizes_.steps);
  if (has_padding_) {
    std::stable_sort(order_.begin(), order_.end(),
                     [&](Index a, Index b) { return lengths[at(a)] > lengths[at(b)]; });
    for (Index row = 0; row < sizes_.batch; ++row) length_[at(row)] = lengths[at(order_[at(row)])];
  }
  for (Index t = 0; t < sizes_.steps; ++t)
    active_.push_back(
        std::count_if(length_.begin(), length_.end(), [t](Index length) { return t < length; }));
}

template <class T>
kernels::RecurrentBlock<T> LayerPasses<T>::block(const Kept& kept, Index direction, Index number,
                                                 T* scratch) const {
  const Index first = number * block_rows, steps = sizes_.steps;
  // The first row of the block, counted through all directions.
  const Index row = direction * sizes_.batch + first;
  const Index slots = keeps_steps_ ? row * steps : direction * blocks() + number,
              cells = row * (keeps_steps_ ? steps + 1 : 1);
  return {.steps = steps,
          .rows = rows_of_block(number),
          .inputs = sizes_.inputs,
          .hidden = sizes_.hidden,
          .in_reverse = direction == 1,
          .first = first,
          .active = active_.data(),
          .concatenated =
              kept.concatenated.template data<T>() + row * (steps + 1) * sizes_.concatenated,
          .starts_at_zero = kept.starts_at_zero,
          .keeps_steps = keeps_steps_,
          .slots = kept.slots.template data<T>() + slots * sizes_.slots,
          .slot_stride = sizes_.slots,
          .cells = traits_.has_cell_state ? kept.cells.template data<T>() + cells * sizes_.units
                                          : nullptr,
          .scratch = scratch,
          .order = order_.data() + first,
          .batch = sizes_.batch,
          .output_stride = sizes_.directions * sizes_.hidden};
}

/// The arrays for a forward pass from these initial states, before it fills them.
template <class T>
auto LayerPasses<T>::make_kept(const RecurrentState& initial) const -> Kept {
  const Index directions = sizes_.directions, batch = sizes_.batch, steps = sizes_.steps;
  Kept kept;
  kept.starts_at_zero = !initial.h.defined();
  kept.concatenated = Array({directions, batch, steps + 1, sizes_.concatenated}, dtype);
  // What a row without a step leaves in its slots is multiplied too.
  const Shape slots = keeps_steps_ ? Shape{directions, batch, steps, sizes_.slots}
                                   : Shape{directions, blocks(), sizes_.slots};
  kept.slots = has_padding_ ? Array::zeros(slots, dtype) : Array(slots, dtype);
  if (traits_.has_cell_state)
    kept.cells = Array({directions, batch, (keeps_steps_ ? steps : 0) + 1, sizes_.units}, dtype);
  kept.weight_ih.resize(at(directions));
  kept.weight_hh.resize(at(directions));
  return kept;
}

/// The rows of weight_ih in the order of the slots; no copy where they are in it.
template <class T>
Array LayerPasses<T>::in_order_of_slots(const Array& weight_ih) const {
  const int* const gates = traits_.input_gates;
  if (std::equal(gates, gates + traits_.gates, in_order)) return weight_ih;
  const Index hidden = sizes_.hidden;
  const Array result(weight_ih.shape(), dtype);
  for (Index i = 0; i < traits_.gates; ++i)
    result.rows(i * hidden, (i + 1) * hidden)
        .assign(weight_ih.rows(gates[i] * hidden, (gates[i] + 1) * hidden));
  return result;
}

/// Brings a direction's weights into the order of the slots, packs them, and adds up the biases.
template <class T>
auto LayerPasses<T>::prepare(Kept& kept, Index direction, const RecurrentParameters& own) const
    -> PackedWeights {
  const Index inputs = sizes_.inputs, hidden = sizes_.hidden, units = sizes_.units;
  const Array weight_ih = in_order_of_slots(own.weight_ih.value());
  const Array weight_hh = own.weight_hh.value();
  kept.weight_ih[at(direction)] = weight_ih;
  kept.weight_hh[at(direction)] = weight_hh;
  const PackedWeights packed{Array({units * traits_.gates * (inputs + hidden)}, dtype),
                             Array::zeros({traits_.slots, units}, dtype)};
  kernels_.pack_forward(kind_, inputs, hidden, weight_ih.data<T>(), weight_hh.data<T>(),
                        packed.weights.template data<T>());

  const auto add_bias = [&](const Tensor& bias, Index first_slot, const int* gates) {
    for (Index i = 0; i < traits_.gates; ++i) {
      const T* from = bias.value().data<T>() + gates[i] * hidden;
      T* to = packed.bias.template data<T>() + (first_slot + i) * units;
      for (Index u = 0; u < hidden; ++u) to[u] += from[u];
    }
  };
  if (has_bias_) {
    add_bias(own.bias_ih, traits_.first_input_slot, traits_.input_gates);
    add_bias(own.bias_hh, traits_.first_hidden_slot, in_order);
  }
  return packed;
}

/// Copies x and the initial states of a block's rows to where the kernels read them.
template <class T>
void LayerPasses<T>::fill_concatenated(const kernels::RecurrentBlock<T>& own, const Array& x,
                                       const RecurrentState& initial) const {
  const Index inputs = sizes_.inputs;
  for (Index time = 0; time <= sizes_.steps; ++time) {
    const Index t = own.in_reverse ? time - 1 : time;  // the step that reads this state
    for (Index row = 0; row < own.rows; ++row) {
      T* to = own.concatenated + (time * own.rows + row) * sizes_.concatenated;
      T* const features = to + sizes_.units;
      if (t >= 0 && t < length_[at(own.first + row)])
        std::copy_n(x.data<T>() + (t * sizes_.batch + own.order[row]) * inputs, inputs, features);
      else  // the weights' gradients multiply the padding by zeros
        std::fill(has_padding_ ? to : features, features + inputs, T{0});
      features[inputs] = 1;
    }
  }
  for (Index row = 0; row < own.rows; ++row) {
    const Index first_time = own.in_reverse ? length_[at(own.first + row)] : 0;
    const Index place = first_time * own.rows + row, cell = keeps_steps_ ? place : row;
    const auto copy = [&](const Tensor& states, T* to) {
      const Index given = states.defined() ? sizes_.hidden : 0;
      if (given > 0) std::copy_n(state(states.value(), own.in_reverse, own.order[row]), given, to);
      std::fill(to + given, to + sizes_.units, T{0});
    };
    copy(initial.h, own.concatenated + place * sizes_.concatenated);
    if (traits_.has_cell_state) copy(initial.c, own.cells + cell * sizes_.units);
  }
}

template <class T>
void LayerPasses<T>::copy_final(const kernels::RecurrentBlock<T>& own,
                                const std::vector<Array>& results) const {
  for (Index row = 0; row < own.rows; ++row) {
    const Index last_time = own.in_reverse ? 0 : length_[at(own.first + row)];
    const Index place = last_time * own.rows + row, cell = keeps_steps_ ? place : row;
    std::copy_n(own.concatenated + place * sizes_.concatenated, sizes_.hidden,
                state(results[1], own.in_reverse, own.order[row]));
    if (traits_.has_cell_state)
      std::copy_n(own.cells + cell * sizes_.units, sizes_.hidden,
                  state(results[2], own.in_reverse, own.order[row]));
  }
}

template <class T>
auto LayerPasses<T>::forward(const Array& x, const RecurrentState& initial,
                             const std::vector<RecurrentParameters>& parameters,
                             bool with_output) const -> Forward {
  const Index batch = sizes_.batch, hidden = sizes_.hidden, directions = sizes_.directions;
  Kept kept = make_kept(initial);
  const Shape output_shape =
      with_output ? Shape{sizes_.steps, batch, directions * hidden} : Shape{0};
  const Array output =
      has_padding_ ? Array::zeros(output_shape, dtype) : Array(output_shape, dtype);
  std::vector<Array> results{output, Array({directions, batch, hidden}, dtype)};
  if (traits_.has_cell_state) results.push_back(Array({directions, batch, hidden}, dtype));
  std::vector<PackedWeights> packed(at(directions));
  parallel_for(directions, [&](Index direction) {
    packed[at(direction)] = prepare(kept, direction, parameters[at(direction)]);
  });
  const Array scratch = make_scratch();
  parallel_for(directions * blocks(), [&](Index task) {
    const Index direction = task / blocks();
    const kernels::RecurrentBlock<T> own =
        block(kept, direction, task % blocks(), scratch.rows(task, task + 1).template data<T>());
    fill_concatenated(own, x, initial);
    kernels_.recurrent_forward(kind_, own, packed[at(direction)].weights.template data<T>(),
                               packed[at(direction)].bias.template data<T>(),
                               with_output ? output.data<T>() + direction * hidden : nullptr);
    copy_final(own, results);
  });
  return {std::move(results), std::move(kept)};
}

template <class T>
void LayerPasses<T>::backward(Kept kept, const std::vector<Array>& grads,
                              InputGrads& inputs) const {
  const Index batch = sizes_.batch, hidden = sizes_.hidden, directions = sizes_.directions,
              units = sizes_.units, features = units + sizes_.inputs + 1;
  const bool input_wanted = inputs.needed(0), has_cells = traits_.has_cell_state;
  std::vector<Array> packed_hidden(at(directions)), packed_input(at(directions));
  parallel_for(directions, [&](Index direction) {
    packed_hidden[at(direction)] = pack_backward(kept.weight_hh[at(direction)], units);
    if (input_wanted)
      packed_input[at(direction)] = pack_backward(kept.weight_ih[at(direction)], padded_inputs());
  });
  // The gradients of the states by direction and sorted row: of the final ones at first, of the
  // initial ones at last.
  const Array dh({directions, batch, units}, dtype);
  const Array dc = has_cells ? Array({directions, batch, units}, dtype) : Array();
  // Each block sums up the gradients of the weights for itself.
  const Array weights({directions * blocks(), features, traits_.slots * units}, dtype);
  // As the blocks lie: of each direction and block (steps, rows, padded inputs).
  const Array dx =
      input_wanted ? Array({directions, batch, sizes_.steps, padded_inputs()}, dtype) : Array();
  const Array scratch = make_scratch();
  parallel_for(directions * blocks(), [&](Index number) {
    // The blocks backwards, too: what was saved last is the likeliest to be in a cache still.
    const Index direction = number / blocks(), of_direction = blocks() - 1 - number % blocks();
    const Index task = direction * blocks() + of_direction;
    const kernels::RecurrentBlock<T> own =
        block(kept, direction, of_direction, scratch.rows(task, task + 1).template data<T>());
    load_state_gradients(own, grads[1], dh);
    if (has_cells) load_state_gradients(own, grads[2], dc);
    kernels_.recurrent_backward(
        kind_, own,
        {.hidden = packed_hidden[at(direction)].template data<T>(),
         .input = input_wanted ? packed_input[at(direction)].template data<T>() : nullptr},
        {.output = grads[0].defined() ? grads[0].data<T>() + direction * hidden : nullptr,
         .h = state(dh, direction, own.first),
         .c = has_cells ? state(dc, direction, own.first) : nullptr,
         .initial_wanted = inputs.needed(1),
         .input = input_wanted ? input_gradient(dx, direction, own.first) : nullptr,
         .weights = weights.rows(task, task + 1).template data<T>()});
  });

  if (input_wanted) add_input_gradient(dx, inputs[0]);
  if (inputs.needed(1)) add_state_gradients(dh, inputs[1]);
  if (has_cells && inputs.needed(2)) add_state_gradients(dc, inputs[2]);
  add_weight_gradients(weights, inputs);
}

template <class T>
void LayerPasses<T>::load_state_gradients(const kernels::RecurrentBlock<T>& own, const Array& grad,
                                          const Array& to) const {
  for (Index row = 0; row < own.rows; ++row) {
    T* first = state(to, own.in_reverse, own.first + row);
    std::fill_n(first, sizes_.units, T{0});
    if (grad.defined())
      std::copy_n(state(grad, own.in_reverse, own.order[row]), sizes_.hidden, first);
  }
}

template <class T>
void LayerPasses<T>::add_state_gradients(const Array& from, const Array& grad) const {
  for (Index direction = 0; direction < sizes_.directions; ++direction)
    for (Index row = 0; row < sizes_.batch; ++row) {
      const T* own = state(from, direction, row);
      T* to = state(grad, direction, order_[at(row)]);
      for (Index u = 0; u < sizes_.hidden; ++u) to[u] += own[u];
    }
}

/// Adds what both directions found, block by block, to the gradient of x.
template <class T>
void LayerPasses<T>::add_input_gradient(const Array& from, const Array& grad_x) const {
  const Index features = sizes_.inputs;
  parallel_for(blocks(), [&](Index number) {
    const Index first_row = number * block_rows, rows = rows_of_block(number);
    for (Index direction = 0; direction < sizes_.directions; ++direction) {
      const T* first = input_gradient(from, direction, first_row);
      for (Index t = 0; t < sizes_.steps; ++t)
        for (Index row = 0; row < rows; ++row) {
          if (t >= length_[at(first_row + row)]) break;  // the rows below are no longer
          const T* dx = first + (t * rows + row) * padded_inputs();
          T* to = grad_x.data<T>() + (t * sizes_.batch + order_[at(first_row + row)]) * features;
          for (Index i = 0; i < features; ++i) to[i] += dx[i];
        }
    }
  });
}

/// Adds the sums of all blocks, (U + I + 1, S, U) each, to the gradients of weights and biases.
template <class T>
void LayerPasses<T>::add_weight_gradients(const Array& weights, InputGrads& inputs) const {
  const Index features = sizes_.inputs, hidden = sizes_.hidden, units = sizes_.units;
  const int first_hidden = traits_.first_hidden_slot, first_input = traits_.first_input_slot;
  const int* const input_gates = traits_.input_gates;
  const auto tiles = [](Index rows) { return (rows + gradient_rows - 1) / gradient_rows; };
  const std::vector<WeightGradients> grads = weight_gradients(inputs);
  const Index tasks = tiles(hidden) + tiles(features) + 1;  // of a direction
  parallel_for(sizes_.directions * tasks, [&](Index task) {
    const Index direction = task / tasks, tile = task % tasks;
    const T* const sums = weights.rows(direction * blocks(), weights.shape()[0]).template data<T>();
    const WeightGradients& to = grads[at(direction)];
    if (tile < tiles(hidden)) {
      const Index first = tile * gradient_rows;
      const std::vector<T> rows =
          sum_of_blocks(sums, first, std::min(gradient_rows, hidden - first));
      add_columns(rows, first_hidden, in_order, to.weight_hh, first, hidden);
    } else if (tile < tasks - 1) {
      const Index first = (tile - tiles(hidden)) * gradient_rows;
      const std::vector<T> rows =
          sum_of_blocks(sums, units + first, std::min(gradient_rows, features - first));
      add_columns(rows, first_input, input_gates, to.weight_ih, first, features);
    } else {
      const std::vector<T> row = sum_of_blocks(sums, units + features, 1);
      add_columns(row, first_hidden, in_order, to.bias_hh, 0, 1);
      add_columns(row, first_input, input_gates, to.bias_ih, 0, 1);
    }
  });
}

/// Adds up `count` rows, from `row` on, of all blocks of a direction: (count, S, U).
template <class T>
std::vector<T> LayerPasses<T>::sum_of_blocks(const T* first_block, Index row, Index count) const {
  const Index stride = traits_.slots * sizes_.units;
  const Index block_stride = (sizes_.units + sizes_.inputs + 1) * stride;
  std::vector<T> totals(at(count * stride));
  for (Index i = 0; i < count; ++i)
    for (Index b = 0; b < blocks(); ++b) {
      const T* from = first_block + b * block_stride + (row + i) * stride;
      T* own = totals.data() + i * stride;
      for (Index k = 0; k < stride; ++k) own[k] += from[k];
    }
  return totals;
}

/// Adds rows (count, S, U) to as many columns, from `column` on, of a gradient (G, H, columns), if
/// that is wanted. Gate `gates[i]` receives what slot `first_slot` + i has.
template <class T>
void LayerPasses<T>::add_columns(const std::vector<T>& rows, Index first_slot, const int* gates,
                                 T* grad, Index column, Index columns) const {
  if (grad == nullptr) return;
  const Index hidden = sizes_.hidden, units = sizes_.units, stride = traits_.slots * units;
  const Index count = std::min(gradient_rows, columns - column);
  for (Index i = 0; i < traits_.gates; ++i)
    for (Index u = 0; u < hidden; ++u) {
      T* own = grad + (gates[i] * hidden + u) * columns + column;
      const T* from = rows.data() + (first_slot + i) * units + u;
      for (Index k = 0; k < count; ++k) own[k] += from[k * stride];
    }
}

/// Where the gradients of the weights lie. They are looked up, and so made, on one thread.
template <class T>
auto LayerPasses<T>::weight_gradients(InputGrads& inputs) const -> std::vector<WeightGradients> {
  std::size_t next = traits_.has_cell_state ? 3 : 2;
  const auto take = [&]() -> T* {
    const std::size_t i = next++;
    return inputs.needed(i) ? inputs[i].template data<T>() : nullptr;
  };
  std::vector<WeightGradients> result(at(sizes_.directions));
  for (WeightGradients& own : result) {
    own.weight_ih = take();
    own.weight_hh = take();
    if (!has_bias_) continue;
    own.bias_ih = take();
    own.bias_hh = take();
  }
  return result;
}

template class LayerPasses<float>;
template class LayerPasses<double>;

}  // namespace scanline
