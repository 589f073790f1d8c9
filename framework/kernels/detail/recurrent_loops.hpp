#pragma once

#include "scanline/framework/kernels/detail/operands.hpp"
#include "scanline/framework/kernels/detail/recurrent_block.hpp"
#include "scanline/framework/kernels/detail/recurrent_cells.hpp"
#include "scanline/framework/kernels/detail/tiles.hpp"
#include "scanline/framework/kernels/detail/vector.hpp"

// The time loops of the recurrent layers. In short, without tiles, blocks and prefetching:
//
//     forward: for each step t, in the order of reading
//       sums = bias + x[t] W_ih^T + h W_hh^T                              sum_slots
//       h, c, saved[t] = cell(sums, h, c)                                 Cell::forward
//       output[t] = h
//
//     backward: for each step t, in the opposite order
//       dsums, dh, dc = cell gradients(dh + doutput[t], dc, saved[t])     Cell::backward
//       dh += dsums W_hh, dx[t] = dsums W_ih                              add_slot_product
//       dW += [h | x | 1]^T dsums                                         add_weight_products
//
// Like everything that is compiled for several sets of instructions these loops are local to the
// source that includes them. They call no inline function of the standard library, because the one
// definition that the linker keeps of it might have instructions that the processor does not know.

namespace scanline::kernels {
namespace {

// The gradients of the weights are added up after so many rows (steps times rows of the block): few
// enough for the rows to be in the second-level cache still, enough for a tile's loads and stores
// of sums not to matter.
constexpr std::int64_t weight_rows = 128;

/// Scratch memory that was given as numbers, as elements.
template <class E, class T>
E* elements(T* scratch) {
  static_assert(sizeof(E) == sizeof(T));
  return reinterpret_cast<E*>(scratch);
}
template <class E, class T>
const E* elements(const T* scratch) {
  return reinterpret_cast<const E*>(scratch);
}

/// A block's numbers, found by time and row.
template <CellKind kind, class T>
struct Layout {
  static constexpr CellTraits cell_traits = traits(kind);

  explicit Layout(const RecurrentBlock<T>& b)
      : block(b),
        units(padded_units(b.hidden, lanes<T>)),
        features(units + b.inputs + 1),
        concatenated_stride(padded_units(features, lanes<T>)) {}

  T* concatenated(Index time, Index row) const {
    return block.concatenated + (time * block.rows + row) * concatenated_stride;
  }
  T* saved(Index step, Index row) const {
    return block.keeps_steps ? block.slots + (step * block.rows + row) * block.slot_stride
                             : block.slots;
  }
  T* cell(Index time, Index row) const {
    return block.cells + ((block.keeps_steps ? time : 0) * block.rows + row) * units;
  }
  /// Where step t of a row lies in the output.
  Index output(Index t, Index row) const {
    return (t * block.batch + block.order[row]) * block.output_stride;
  }
  /// The times of the states before and after reading step t.
  Index before(Index t) const { return block.in_reverse ? t + 1 : t; }
  Index after(Index t) const { return block.in_reverse ? t : t + 1; }

  Place<T> place(Index t, Index row, Index unit) const {
    Place<T> at{saved(t, row) + unit, units, concatenated(before(t), row) + unit, nullptr, nullptr};
    if (cell_traits.has_cell_state) {
      at.c_prev = cell(before(t), row) + unit;
      at.c_next = cell(after(t), row) + unit;
    }
    return at;
  }

  // What a step reads and writes has been evicted since the other pass, and comes while products
  // are computed.

  /// Asks for what a vector of units of a row will be stored to at step t.
  void fetch_for_forward(Index t, Index row, Index unit) const {
#pragma GCC unroll 4
    for (int s = 0; s < cell_traits.slots; ++s) fetch_to_write(saved(t, row) + s * units + unit);
    fetch_to_write(concatenated(after(t), row) + unit);
    if (cell_traits.has_cell_state) fetch_to_write(cell(after(t), row) + unit);
  }
  /// Asks for some vectors of one slot at step `next`, and with the first two slots for the states:
  /// the hidden state for the gradients of the weights at step t, the cell state for step `next`.
  template <int Vectors>
  void fetch_for_backward(Index t, Index next, int slot, Index row, Index unit) const {
    const auto fetch = [unit](const T* first) {
#pragma GCC unroll 4
      for (int v = 0; v < Vectors; ++v) fetch_to_read(first + unit + v * lanes<T>);
    };
    fetch(saved(next, row) + slot * units);
    if (slot == cell_traits.first_hidden_slot) fetch(concatenated(before(t), row));
    if (slot == 1 && cell_traits.has_cell_state) fetch(cell(before(next), row));
  }

  /// How many rows of the block have a step t.
  Index active(Index t) const {
    return max<Index>(0, min<Index>(block.active[t] - block.first, block.rows));
  }

  const RecurrentBlock<T>& block;
  Index units, features, concatenated_stride;
};

/// The sums of a tile's slots: bias, input product and recurrent product. A function of its own, as
/// the compiler would otherwise keep the constants of the activations in registers meanwhile, and
/// some of the sums in memory.
template <CellKind kind, int Rows, class E, class T, class Fetch>
__attribute__((noinline)) void sum_slots(Vector<T> (&result)[Rows][traits(kind).slots],
                                         const T* bias, Index bias_stride, Factor<E> x,
                                         Index inputs, Factor<E> h, Index hidden, const E* weights,
                                         Fetch fetch) {
  static constexpr CellTraits cell = traits(kind);
  Vector<T> sums[Rows][cell.slots];
#pragma GCC unroll 8
  for (int r = 0; r < Rows; ++r)
#pragma GCC unroll 8
    for (int s = 0; s < cell.slots; ++s) sums[r][s] = load(bias + s * bias_stride);
  add_product<cell.first_input_slot, cell.gates>(sums, x, weights, cell.gates * lanes<E>, inputs);
  add_product<cell.first_hidden_slot, cell.gates>(sums, h, weights + inputs * cell.gates * lanes<E>,
                                                  cell.gates * lanes<E>, hidden, fetch);
#pragma GCC unroll 8
  for (int r = 0; r < Rows; ++r)
#pragma GCC unroll 8
    for (int s = 0; s < cell.slots; ++s) result[r][s] = sums[r][s];
}

template <CellKind kind, class E, class T>
void forward(const RecurrentBlock<T>& block, const E* packed, const T* bias, T* output) {
  using Elements = Operands<E>;
  const Layout<kind, T> at(block);
  static constexpr CellTraits cell = traits(kind);
  const Index inputs = depth<E>(block.inputs), hidden = depth<E>(block.hidden);
  const Index packed_stride = (inputs * cell.gates + hidden * cell.gates) * lanes<E>;
  E* const x_scratch = elements<E>(block.scratch);
  E* const h_scratch = x_scratch + block.rows * Elements::columns_stride(block.inputs);
  for (Index step = 0; step < block.steps; ++step) {
    const Index t = block.in_reverse ? block.steps - 1 - step : step;
    const Index before = at.before(t), after = at.after(t);
    const Index multiplied = step == 0 && block.starts_at_zero ? 0 : hidden;
    const Matrix<E> x =
        Elements::by_columns(at.concatenated(before, 0) + at.units, at.concatenated_stride,
                             at.active(t), block.inputs, x_scratch);
    const Matrix<E> h = Elements::by_columns(at.concatenated(before, 0), at.concatenated_stride,
                                             at.active(t), block.hidden, h_scratch);
    for (Index unit = 0; unit < at.units; unit += lanes<T>)
      for_each_tile(at.active(t), [&](Index row, auto tile_size) {
        Vector<T> sums[tile_size.value][cell.slots];
        sum_slots<kind>(sums, bias + unit, at.units,
                        Factor<E>{x.first + row * x.stride, x.stride, 1}, inputs,
                        Factor<E>{h.first + row * h.stride, h.stride, 1}, multiplied,
                        packed + unit / lanes<T> * packed_stride, [&](int r) {
                          at.fetch_for_forward(t, row + r, unit);
                          if (output != nullptr)
                            fetch_to_write(output + at.output(t, row + r) + unit);
                        });
        for (int r = 0; r < tile_size.value; ++r) {
          const Vector<T> next = Cell<kind>::forward(sums[r], at.place(t, row + r, unit));
          store(at.concatenated(after, row + r) + unit, next);
          if (output != nullptr)
            store_first(output + at.output(t, row + r) + unit, next,
                        min<Index>(lanes<T>, block.hidden - unit));
        }
      });
  }
}

/// out[row] += the gradients of some slots of one row times W, which `pack_backward` has packed:
/// (slots, H, columns), where columns are padded to whole vectors. Calls `fetch(row, slot, column,
/// vectors)` meanwhile, once for each row, slot and column of tiles.
template <class E, class T, class Fetch>
void add_slot_product(Matrix<E> grads, Index rows, Index units, Index hidden, int first_slot,
                      int slots, const E* packed, Index columns, T* out, Fetch fetch) {
  for_each_column<T>(columns, [&](Index column, auto column_vectors) {
    static constexpr int Vectors = column_vectors.value;
    const E* weights = packed + column * hidden * slots;
    for_each_tile(rows, [&](Index row, auto tile_size) {
      Vector<T> sums[tile_size.value][Vectors];
      load_sums(sums, out + row * columns + column, columns);
      for (int s = 0; s < slots; ++s) {
        const int slot = first_slot + s;
        add_product<0, Vectors>(
            sums,
            Factor<E>{grads.first + row * grads.stride + slot * depth<E>(units), grads.stride, 1},
            weights + s * hidden * Vectors * lanes<E>, Vectors * lanes<E>, hidden,
            [&](int r) { fetch(row + r, slot, column, column_vectors); });
      }
      store_sums(sums, out + row * columns + column, columns);
    });
  });
}

/// Adds what `steps` steps from t on contribute to the gradients of the weights of some features of
/// [h | x | 1], or sets them to it if these are the first steps.
template <class E, CellKind kind, class T>
void add_weight_products(const Layout<kind, T>& at, Index first_feature, Index features, Index t,
                         Index steps, bool are_first, T* weights) {
  const RecurrentBlock<T>& block = at.block;
  const Index rows = steps * block.rows, stride = at.cell_traits.slots * at.units;
  E* const scratch = elements<E>(block.scratch);
  const Matrix<E> concatenated =
      Operands<E>::by_rows(at.concatenated(at.before(t), 0) + first_feature, at.concatenated_stride,
                           rows, features, scratch);
  const Matrix<E> grads =
      Operands<E>::by_rows(at.saved(t, 0), block.slot_stride, rows, stride,
                           scratch + depth<E>(rows) * Operands<E>::rows_stride(features));
  T* const to = weights + first_feature * stride;
  for_each_column<T>(stride, [&](Index column, auto column_vectors) {
    static constexpr int Vectors = column_vectors.value;
    for_each_tile(features, [&](Index feature, auto tile_size) {
      Vector<T> sums[tile_size.value][Vectors] = {};
      if (!are_first) load_sums(sums, to + feature * stride + column, stride);
      add_product<0, Vectors>(
          sums, Factor<E>{concatenated.first + feature, 1, concatenated.stride},
          grads.first + column, grads.stride, depth<E>(rows), [&](int r) {  // of the next tile
            const Index next = min<Index>(feature + tile_size.value + r, features - 1);
#pragma GCC unroll 4
            for (int v = 0; v < Vectors; ++v)
              fetch_to_write(to + next * stride + column + v * lanes<T>);
          });
      store_sums(sums, to + feature * stride + column, stride);
    });
  });
}

template <CellKind kind, class E, class T>
void backward(const RecurrentBlock<T>& block, const BackwardWeights<E>& packed,
              const RecurrentGradients<T>& grads) {
  const Layout<kind, T> at(block);
  static constexpr CellTraits cell = traits(kind);
  const Index inputs = padded_units(block.inputs, lanes<T>);
  const Index group = max<Index>(1, weight_rows / block.rows);
  const auto step_at = [&](Index i) { return block.in_reverse ? i : block.steps - 1 - i; };
  for (Index step = 0; step < block.steps; ++step) {
    const Index t = step_at(step);
    for (Index row = 0; row < at.active(t); ++row) {
      T* dh_row = grads.h + row * at.units;
      const T* dy = grads.output == nullptr ? nullptr : grads.output + at.output(t, row);
      for (Index unit = 0; unit < at.units; unit += lanes<T>) {
        Vector<T> dh = load(dh_row + unit);
        if (dy != nullptr) dh += load_first(dy + unit, min<Index>(lanes<T>, block.hidden - unit));
        T* dc = cell.has_cell_state ? grads.c + row * at.units + unit : nullptr;
        store(dh_row + unit, Cell<kind>::backward(dh, dc, at.place(t, row, unit)));
      }
    }
    const Index active = at.active(t), next = step_at(min(step + 1, block.steps - 1));
    const Matrix<E> slot_grads =
        Operands<E>::by_columns(at.saved(t, 0), block.slot_stride, active, cell.slots * at.units,
                                elements<E>(block.scratch));
    const bool is_last = step + 1 == block.steps;
    if (!is_last || grads.initial_wanted)
      add_slot_product(slot_grads, active, at.units, depth<E>(block.hidden), cell.first_hidden_slot,
                       cell.gates, packed.hidden, at.units, grads.h,
                       [&](Index row, int slot, Index unit, auto vectors) {
                         at.template fetch_for_backward<vectors.value>(t, next, slot, row, unit);
                       });
    if (packed.input != nullptr) {
      T* const dx = grads.input + t * block.rows * inputs;
      for (Index i = 0; i < active * inputs; i += lanes<T>) store(dx + i, Vector<T>{});
      add_slot_product(slot_grads, active, at.units, depth<E>(block.hidden), cell.first_input_slot,
                       cell.gates, packed.input, inputs, dx, [](Index, int, Index, auto) {});
    }
    if (const Index waiting = step % group + 1; waiting == group || is_last) {
      const Index from = block.in_reverse ? t + 1 - waiting : t;
      const auto add = [&](Index first, Index features, Index first_step, Index steps) {
        add_weight_products<E>(at, first, features, first_step, steps, step < group, grads.weights);
      };
      if (is_last && block.starts_at_zero) {  // t is the step that reads these zeros
        add(0, at.units, block.in_reverse ? from : from + 1, waiting - 1);
        add(at.units, block.inputs + 1, from, waiting);
      } else {
        add(0, at.features, from, waiting);
      }
    }
  }
}

/// Calls `body` with the kind of cell as a compile-time constant.
template <class Body>
void dispatch(CellKind kind, Body body) {
  switch (kind) {
    case CellKind::lstm: return body(Constant<CellKind::lstm>());
    case CellKind::gru: return body(Constant<CellKind::gru>());
    case CellKind::rnn_tanh: return body(Constant<CellKind::rnn_tanh>());
    case CellKind::rnn_relu: return body(Constant<CellKind::rnn_relu>());
  }
}

/// Copies `columns` columns of rows (slots, hidden), vector of units by vector of units, so that
/// the elements stand in the order (columns of an element, slot, lane). Padding units are zeros.
template <class E, class T>
E* pack_units(Index unit, Index slots, Index hidden, Index columns, const T* from, E* to) {
  const Index existing = min<Index>(lanes<T>, hidden - unit);
  for (Index slot = 0; slot < slots; ++slot)
    for (Index column = 0; column < columns; column += lanes<T>) {
      const Index count = min<Index>(lanes<T>, columns - column);
      Vector<T> square[lanes<T>] = {};
      for (Index lane = 0; lane < existing; ++lane)
        square[lane] = load_first(from + (slot * hidden + unit + lane) * columns + column, count);
      transpose_quarters<lanes<T> / 2>(square);
      for (Index c = 0; c < count; c += Operands<E>::numbers)
        store(to + (depth<E>(column + c) * slots + slot) * lanes<E>,
              Operands<E>::join(square[c], square[c + Operands<E>::numbers - 1]));
    }
  return to + depth<E>(columns) * slots * lanes<E>;
}

template <class E, class T>
void pack_forward(CellKind kind, Index inputs, Index hidden, const T* weight_ih, const T* weight_hh,
                  T* packed) {
  const Index gates = traits(kind).gates;
  E* to = elements<E>(packed);
  for (Index unit = 0; unit < hidden; unit += lanes<T>) {
    to = pack_units(unit, gates, hidden, inputs, weight_ih, to);
    to = pack_units(unit, gates, hidden, hidden, weight_hh, to);
  }
}

template <class E, class T>
void pack_backward(Index slots, Index hidden, Index columns, const T* weights, T* packed) {
  E* to = elements<E>(packed);
  for (Index column = 0; column < columns; column += tile_vectors * lanes<T>)
    for (Index slot = 0; slot < slots; ++slot)
      for (Index row = 0; row < hidden; row += Operands<E>::numbers) {
        const T* from = weights + (slot * hidden + row) * columns;
        for (Index c = column; c < min<Index>(columns, column + tile_vectors * lanes<T>);
             c += lanes<T>) {
          const Index count = min<Index>(lanes<T>, columns - c);
          const Vector<T> second =
              row + 1 < hidden ? load_first(from + columns + c, count) : Vector<T>{};
          store(to, Operands<E>::join(load_first(from + c, count), second));
          to += lanes<E>;
        }
      }
}

template <class E, class T>
Index scratch_size(CellKind kind, Index rows, Index inputs, Index hidden) {
  using Elements = Operands<E>;
  const Index units = padded_units(hidden, lanes<T>), slots = traits(kind).slots * units;
  const Index forward =
      rows * (Elements::columns_stride(inputs) + Elements::columns_stride(hidden));
  const Index backward =
      max(rows * Elements::columns_stride(slots),
          depth<E>(max(weight_rows, rows)) *
              (Elements::rows_stride(units + inputs + 1) + Elements::rows_stride(slots)));
  return max(forward, backward);
}

template <class E, class T>
void recurrent_forward(CellKind kind, const RecurrentBlock<T>& block, const T* packed,
                       const T* bias, T* output) {
  dispatch(kind, [&](auto constant) {
    forward<constant.value>(block, elements<E>(packed), bias, output);
  });
}

template <class E, class T>
void recurrent_backward(CellKind kind, const RecurrentBlock<T>& block,
                        const BackwardWeights<T>& packed, const RecurrentGradients<T>& grads) {
  const BackwardWeights<E> weights{elements<E>(packed.hidden), elements<E>(packed.input)};
  dispatch(kind, [&](auto constant) { backward<constant.value>(block, weights, grads); });
}

}  // namespace
}  // namespace scanline::kernels
