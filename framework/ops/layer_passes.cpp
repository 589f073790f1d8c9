#include "scanline/framework/ops/detail/layer_passes.hpp"

#include <array>
#include <numeric>

#include "scanline/framework/core/parallel.hpp"
#include "scanline/framework/ops/detail/best_kernels.hpp"

namespace scanline {
namespace {

/// Rows of the weights' gradients that one task adds up and turns into columns: a cache line.
constexpr Index tile_rows = 16;

/// The gates of PyTorch's weight_ih and weight_hh in the order of the kernels' slots. They differ
/// for a GRU alone: r, z, n there; n_x, r, z, n_h here.
std::array<Index, 4> input_gates(CellKind kind) {
  return kind == CellKind::gru ? std::array<Index, 4>{2, 0, 1, 0}
                               : std::array<Index, 4>{0, 1, 2, 3};
}
constexpr std::array<Index, 4> hidden_gates{0, 1, 2, 3};

std::size_t at(Index i) { return static_cast<std::size_t>(i); }

}  // namespace

template <class T>
LayerPasses<T>::LayerPasses(CellKind kind, const Shape& x, Index hidden, Index directions,
                            bool has_bias, const Lengths& lengths, bool is_recorded)
    : kernels_(recurrent_kernels<T>(is_recorded)),
      kind_(kind),
      slots_(kernels::slots_of(kind)),
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
            slots_.count * units + lanes};
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
kernels::RecurrentBlock<T> LayerPasses<T>::block(Index direction, Index number, T* scratch) const {
  const Index first = number * block_rows, steps = sizes_.steps;
  // The first row of the block, counted through all directions.
  const Index row = direction * sizes_.batch + first;
  const Index slots = keeps_steps_ ? row * steps : direction * blocks() + number,
              cells = row * (keeps_steps_ ? steps + 1 : 1);
  return {.steps = steps,
          .rows = std::min(block_rows, sizes_.batch - first),
          .inputs = sizes_.inputs,
          .hidden = sizes_.hidden,
          .in_reverse = direction == 1,
          .first = first,
          .active = active_.data(),
          .joined = saved_.joined.template data<T>() + row * (steps + 1) * sizes_.joined,
          .starts_at_zero = starts_at_zero_,
          .keeps_steps = keeps_steps_,
          .slots = saved_.slots.template data<T>() + slots * sizes_.slots,
          .slot_stride = sizes_.slots,
          .cells = has_cells() ? saved_.cells.template data<T>() + cells * sizes_.units : nullptr,
          .scratch = scratch,
          .order = order_.data() + first,
          .batch = sizes_.batch,
          .output_stride = sizes_.directions * sizes_.hidden};
}

/// Brings a direction's weights into the order of the slots, packs them, and adds up the biases.
template <class T>
auto LayerPasses<T>::prepare(Index direction, const RecurrentParameters& own) -> PackedWeights {
  const Index inputs = sizes_.inputs, hidden = sizes_.hidden, units = sizes_.units;
  const auto gates_of_inputs = input_gates(kind_);
  const Array weight_hh = own.weight_hh.value();
  Array weight_ih = own.weight_ih.value();
  if (kind_ == CellKind::gru) {
    weight_ih = Array(own.weight_ih.shape(), dtype);
    for (Index s = 0; s < slots_.inputs; ++s) {
      const Index gate = gates_of_inputs[at(s)];
      weight_ih.rows(s * hidden, (s + 1) * hidden)
          .assign(own.weight_ih.value().rows(gate * hidden, (gate + 1) * hidden));
    }
  }
  saved_.weight_ih[at(direction)] = weight_ih;
  saved_.weight_hh[at(direction)] = weight_hh;
  const Index packed_size = units * (inputs * slots_.inputs + hidden * slots_.hiddens);
  const PackedWeights packed{Array({packed_size}, dtype),
                             Array::zeros({slots_.count, units}, dtype)};
  kernels_.pack_forward(kind_, inputs, hidden, weight_ih.data<T>(), weight_hh.data<T>(),
                        packed.weights.template data<T>());

  const auto add_bias = [&](const Tensor& bias, Index first_slot, Index count,
                            const std::array<Index, 4>& gates) {
    for (Index s = 0; s < count; ++s) {
      const T* from = bias.value().data<T>() + gates[at(s)] * hidden;
      T* to = packed.bias.template data<T>() + (first_slot + s) * units;
      for (Index u = 0; u < hidden; ++u) to[u] += from[u];
    }
  };
  if (has_bias_) {
    add_bias(own.bias_ih, slots_.first_input, slots_.inputs, gates_of_inputs);
    add_bias(own.bias_hh, slots_.first_hidden, slots_.hiddens, hidden_gates);
  }
  return packed;
}

/// Copies x and the initial states of a block's rows to where the kernels read them.
template <class T>
void LayerPasses<T>::fill_joined(const kernels::RecurrentBlock<T>& own, const Array& x,
                                 const RecurrentState& initial) const {
  const Index inputs = sizes_.inputs;
  for (Index time = 0; time <= sizes_.steps; ++time) {
    const Index t = own.in_reverse ? time - 1 : time;  // the step that reads this state
    for (Index row = 0; row < own.rows; ++row) {
      T* to = own.joined + (time * own.rows + row) * sizes_.joined;
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
    copy(initial.h, own.joined + place * sizes_.joined);
    if (has_cells()) copy(initial.c, own.cells + cell * sizes_.units);
  }
}

template <class T>
void LayerPasses<T>::copy_final(const kernels::RecurrentBlock<T>& own, const Array& h_n,
                                const Array& c_n) const {
  for (Index row = 0; row < own.rows; ++row) {
    const Index last_time = own.in_reverse ? 0 : length_[at(own.first + row)];
    const Index place = last_time * own.rows + row, cell = keeps_steps_ ? place : row;
    std::copy_n(own.joined + place * sizes_.joined, sizes_.hidden,
                state(h_n, own.in_reverse, own.order[row]));
    if (has_cells())
      std::copy_n(own.cells + cell * sizes_.units, sizes_.hidden,
                  state(c_n, own.in_reverse, own.order[row]));
  }
}

template <class T>
std::vector<Array> LayerPasses<T>::forward(const Array& x, const RecurrentState& initial,
                                           const std::vector<RecurrentParameters>& parameters,
                                           bool with_output) {
  const Index steps = sizes_.steps, batch = sizes_.batch, hidden = sizes_.hidden,
              directions = sizes_.directions, units = sizes_.units, joined = sizes_.joined,
              slots = sizes_.slots;
  starts_at_zero_ = !initial.h.defined();
  const Index kept_steps = keeps_steps_ ? steps : 0;
  saved_.joined = Array({directions, batch, steps + 1, joined}, dtype);
  // What a row without a step leaves in its slots is multiplied too.
  const Shape kept_slots =
      keeps_steps_ ? Shape{directions, batch, steps, slots} : Shape{directions, blocks(), slots};
  saved_.slots = has_padding_ ? Array::zeros(kept_slots, dtype) : Array(kept_slots, dtype);
  if (has_cells()) saved_.cells = Array({directions, batch, kept_steps + 1, units}, dtype);
  saved_.weight_ih.resize(at(directions));
  saved_.weight_hh.resize(at(directions));
  const Shape output_shape = with_output ? Shape{steps, batch, directions * hidden} : Shape{0};
  const Array output =
      has_padding_ ? Array::zeros(output_shape, dtype) : Array(output_shape, dtype);
  const Array h_n({directions, batch, hidden}, dtype);
  const Array c_n = has_cells() ? Array({directions, batch, hidden}, dtype) : Array();
  std::vector<PackedWeights> packed(at(directions));
  parallel_for(directions, [&](Index direction) {
    packed[at(direction)] = prepare(direction, parameters[at(direction)]);
  });
  const Array room = scratch();
  parallel_for(directions * blocks(), [&](Index task) {
    const Index direction = task / blocks();
    const kernels::RecurrentBlock<T> own =
        block(direction, task % blocks(), room.rows(task, task + 1).template data<T>());
    fill_joined(own, x, initial);
    kernels_.recurrent_forward(kind_, own, packed[at(direction)].weights.template data<T>(),
                               packed[at(direction)].bias.template data<T>(),
                               with_output ? output.data<T>() + direction * hidden : nullptr);
    copy_final(own, h_n, c_n);
  });
  std::vector<Array> results{output, h_n};
  if (has_cells()) results.push_back(c_n);
  return results;
}

template <class T>
void LayerPasses<T>::backward(const std::vector<Array>& grads, InputGrads& inputs) const {
  const Index batch = sizes_.batch, hidden = sizes_.hidden, directions = sizes_.directions,
              units = sizes_.units, features = units + sizes_.inputs + 1;
  const bool input_wanted = inputs.needed(0);
  std::vector<Array> packed_hidden(at(directions)), packed_input(at(directions));
  parallel_for(directions, [&](Index direction) {
    packed_hidden[at(direction)] =
        pack_backward(slots_.hiddens, saved_.weight_hh[at(direction)], units);
    if (input_wanted)
      packed_input[at(direction)] =
          pack_backward(slots_.inputs, saved_.weight_ih[at(direction)], padded_inputs());
  });
  // The gradients of the states by direction and sorted row: of the final ones at first, of the
  // initial ones at last.
  const Array dh({directions, batch, units}, dtype);
  const Array dc = has_cells() ? Array({directions, batch, units}, dtype) : Array();
  // Each block sums up the gradients of the weights for itself.
  const Array weights({directions * blocks(), features, slots_.count * units}, dtype);
  // As the blocks lie: of each direction and block (steps, rows, padded inputs).
  const Array dx =
      input_wanted ? Array({directions, batch, sizes_.steps, padded_inputs()}, dtype) : Array();
  const Array room = scratch();
  parallel_for(directions * blocks(), [&](Index number) {
    // The blocks backwards, too: what was saved last is the likeliest to be in a cache still.
    const Index direction = number / blocks(), of_direction = blocks() - 1 - number % blocks();
    const Index task = direction * blocks() + of_direction;
    const kernels::RecurrentBlock<T> own =
        block(direction, of_direction, room.rows(task, task + 1).template data<T>());
    load_state_gradients(own, grads[1], dh);
    if (has_cells()) load_state_gradients(own, grads[2], dc);
    kernels_.recurrent_backward(
        kind_, own,
        {.hidden = packed_hidden[at(direction)].template data<T>(),
         .input = input_wanted ? packed_input[at(direction)].template data<T>() : nullptr},
        {.output = grads[0].defined() ? grads[0].data<T>() + direction * hidden : nullptr,
         .h = state(dh, direction, own.first),
         .c = has_cells() ? state(dc, direction, own.first) : nullptr,
         .initial_wanted = inputs.needed(1),
         .input = input_wanted ? input_gradient(dx, direction, own.first) : nullptr,
         .weights = weights.rows(task, task + 1).template data<T>()});
  });

  if (input_wanted) add_input_gradient(dx, inputs[0]);
  if (inputs.needed(1)) add_state_gradients(dh, inputs[1]);
  if (has_cells() && inputs.needed(2)) add_state_gradients(dc, inputs[2]);
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
    const kernels::RecurrentBlock<T> own = block(0, number);
    for (Index direction = 0; direction < sizes_.directions; ++direction) {
      const T* first = input_gradient(from, direction, own.first);
      for (Index t = 0; t < sizes_.steps; ++t)
        for (Index row = 0; row < own.rows; ++row) {
          if (t >= length_[at(own.first + row)]) break;  // the rows below are no longer
          const T* dx = first + (t * own.rows + row) * padded_inputs();
          T* to = grad_x.data<T>() + (t * sizes_.batch + own.order[row]) * features;
          for (Index i = 0; i < features; ++i) to[i] += dx[i];
        }
    }
  });
}

/// Adds the sums of all blocks, (U + I + 1, S U) each, to the gradients of weights and biases.
template <class T>
void LayerPasses<T>::add_weight_gradients(const Array& weights, InputGrads& inputs) const {
  const Index features = sizes_.inputs, hidden = sizes_.hidden, units = sizes_.units;
  const Index stride = slots_.count * units, block_stride = (units + features + 1) * stride;
  const auto gates_of_inputs = input_gates(kind_);
  const auto tiles = [](Index rows) { return (rows + tile_rows - 1) / tile_rows; };
  const std::vector<WeightGradients> grads = weight_gradients(inputs);
  const Index tasks = tiles(hidden) + tiles(features) + 1;  // of a direction
  parallel_for(sizes_.directions * tasks, [&](Index task) {
    const T* const sums = weights.data<T>() + task / tasks * blocks() * block_stride;
    const WeightGradients& to = grads[at(task / tasks)];
    // Adds up `count` rows of all blocks, from `row` on.
    std::vector<T> totals;
    const auto add_up = [&](Index row, Index count) {
      totals.assign(at(count * stride), T{0});
      for (Index i = 0; i < count; ++i)
        for (Index b = 0; b < blocks(); ++b) {
          const T* from = sums + b * block_stride + (row + i) * stride;
          T* own = totals.data() + i * stride;
          for (Index k = 0; k < stride; ++k) own[k] += from[k];
        }
    };
    // Adds them to as many columns, from `column` on, of a gradient (gates H, columns).
    const auto add_columns = [&](T* grad, Index first_slot, Index slots,
                                 const std::array<Index, 4>& gates, Index column, Index columns) {
      if (grad == nullptr) return;
      const Index count = std::min(tile_rows, columns - column);
      for (Index s = 0; s < slots; ++s)
        for (Index u = 0; u < hidden; ++u) {
          T* own = grad + (gates[at(s)] * hidden + u) * columns + column;
          const T* from = totals.data() + (first_slot + s) * units + u;
          for (Index i = 0; i < count; ++i) own[i] += from[i * stride];
        }
    };
    const auto add_to_hh = [&](T* grad, Index column, Index columns) {
      add_columns(grad, slots_.first_hidden, slots_.hiddens, hidden_gates, column, columns);
    };
    const auto add_to_ih = [&](T* grad, Index column, Index columns) {
      add_columns(grad, slots_.first_input, slots_.inputs, gates_of_inputs, column, columns);
    };
    const Index tile = task % tasks;
    if (tile < tiles(hidden)) {
      const Index first = tile * tile_rows;
      add_up(first, std::min(tile_rows, hidden - first));
      add_to_hh(to.weight_hh, first, hidden);
    } else if (tile < tasks - 1) {
      const Index first = (tile - tiles(hidden)) * tile_rows;
      add_up(units + first, std::min(tile_rows, features - first));
      add_to_ih(to.weight_ih, first, features);
    } else {
      add_up(units + features, 1);
      add_to_hh(to.bias_hh, 0, 1);
      add_to_ih(to.bias_ih, 0, 1);
    }
  });
}

/// Where the gradients of the weights lie. They are looked up, and so made, on one thread.
template <class T>
auto LayerPasses<T>::weight_gradients(InputGrads& inputs) const -> std::vector<WeightGradients> {
  std::size_t next = has_cells() ? 3 : 2;
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
