#pragma once

#include "framework/kernels/recurrent.hpp"
#include "framework/kernels/recurrent_cells.hpp"
#include "framework/kernels/tiles.hpp"
#include "framework/kernels/vector.hpp"

// The time loops of the recurrent layers. Like everything that is compiled for several sets of
// instructions they are local to the source that includes them, and call no inline function of the
// standard library, whose one definition might be the one with instructions that are not there.

namespace scanline::kernels {
namespace {

// The gradients of the weights are added up after so many rows (steps times rows of the block): few
// enough for the rows to be in the second-level cache still, enough for a tile's loads and stores
// of sums not to matter.
constexpr std::int64_t weight_rows = 128;

/// A block's numbers, found by time and row.
template <CellKind kind, class T>
struct Layout {
  static constexpr Slots slots = slots_of(kind);

  explicit Layout(const RecurrentBlock<T>& b)
      : block(b), units(padded_units(b.hidden, lanes<T>)), joined_stride(b.inputs + 1 + units) {}

  T* joined(Index time, Index row) const {
    return block.joined + (time * block.rows + row) * joined_stride;
  }
  T* hidden(Index time, Index row) const { return joined(time, row) + block.inputs + 1; }
  T* saved(Index step, Index row) const {
    return block.slots + (kept(step) * block.rows + row) * block.slot_stride;
  }
  T* cell(Index time, Index row) const {
    return block.cells + (kept(time) * block.rows + row) * units;
  }
  Index kept(Index step) const { return block.keeps_steps ? step : 0; }
  /// Where step t of a row lies in the output.
  Index output(Index t, Index row) const {
    return (t * block.batch + block.order[row]) * block.output_stride;
  }
  /// The times of the states before and after reading step t.
  Index before(Index t) const { return block.in_reverse ? t + 1 : t; }
  Index after(Index t) const { return block.in_reverse ? t : t + 1; }

  Place<T> place(Index t, Index row, Index unit) const {
    Place<T> at{saved(t, row) + unit, units, hidden(before(t), row) + unit, nullptr, nullptr};
    if (kind == CellKind::lstm) {
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
    for (int s = 0; s < slots.count; ++s) fetch_to_write(saved(t, row) + s * units + unit);
    fetch_to_write(hidden(after(t), row) + unit);
    if (kind == CellKind::lstm) fetch_to_write(cell(after(t), row) + unit);
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
    if (slot == slots.first_hidden) fetch(hidden(before(t), row));
    if (slot == 1 && kind == CellKind::lstm) fetch(cell(before(next), row));
  }

  /// How many rows of the block have a step t.
  Index active(Index t) const {
    return max<Index>(0, min<Index>(block.active[t] - block.first, block.rows));
  }

  const RecurrentBlock<T>& block;
  Index units, joined_stride;
};

template <CellKind kind, class T>
void forward(const RecurrentBlock<T>& block, const T* packed, const T* bias, T* output) {
  const Layout<kind, T> at(block);
  static constexpr Slots slots = slots_of(kind);
  const Index inputs = block.inputs, hidden = block.hidden;
  const Index packed_stride = (inputs * slots.inputs + hidden * slots.hiddens) * lanes<T>;
  for (Index step = 0; step < block.steps; ++step) {
    const Index t = block.in_reverse ? block.steps - 1 - step : step;
    const Index before = at.before(t), after = at.after(t);
    for (Index unit = 0; unit < at.units; unit += lanes<T>) {
      const T* weights = packed + unit / lanes<T> * packed_stride;
      for_each_tile(at.active(t), [&](Index row, auto tile_size) {
        constexpr int Rows = tile_size.value;
        Vector<T> sums[Rows][slots.count];
#pragma GCC unroll 8
        for (int r = 0; r < Rows; ++r)
#pragma GCC unroll 8
          for (int s = 0; s < slots.count; ++s) sums[r][s] = load(bias + s * at.units + unit);
        const T* joined = at.joined(before, row);
        add_product<slots.first_input, slots.inputs>(sums, Factor<T>{joined, at.joined_stride, 1},
                                                     weights, slots.inputs * lanes<T>, inputs);
        add_product<slots.first_hidden, slots.hiddens>(
            sums, Factor<T>{joined + inputs + 1, at.joined_stride, 1},
            weights + inputs * slots.inputs * lanes<T>, slots.hiddens * lanes<T>, hidden,
            [&](int r) {
              at.fetch_for_forward(t, row + r, unit);
              fetch_to_write(output + at.output(t, row + r) + unit);
            });
#pragma GCC unroll 8
        for (int r = 0; r < Rows; ++r) {
          const Vector<T> h = Cell<kind>::forward(sums[r], at.place(t, row + r, unit));
          store(at.hidden(after, row + r) + unit, h);
          store_first(output + at.output(t, row + r) + unit, h,
                      min<Index>(lanes<T>, hidden - unit));
        }
      });
    }
  }
}

/// grad_h += the slots' gradients of step t times W_hh. Fetches what step `next` needs meanwhile.
template <CellKind kind, class T>
void add_recurrent_product(const Layout<kind, T>& at, Index t, Index next, const T* packed,
                           T* grad_h) {
  static constexpr Slots slots = slots_of(kind);
  const Index hidden = at.block.hidden, units = at.units;
  for_each_column<T>(units, [&](Index unit, auto column_vectors) {
    static constexpr int Vectors = column_vectors.value;
    const T* weights = packed + unit * hidden * slots.hiddens;
    for_each_tile(at.active(t), [&](Index row, auto tile_size) {
      Vector<T> sums[tile_size.value][Vectors];
      load_sums(sums, grad_h + row * units + unit, units);
      for (int s = 0; s < slots.hiddens; ++s) {
        const int slot = slots.first_hidden + s;
        add_product<0, Vectors>(
            sums, Factor<T>{at.saved(t, row) + slot * units, at.block.slot_stride, 1},
            weights + s * hidden * Vectors * lanes<T>, Vectors * lanes<T>, hidden,
            [&](int r) { at.template fetch_for_backward<Vectors>(t, next, slot, row + r, unit); });
      }
      store_sums(sums, grad_h + row * units + unit, units);
    });
  });
}

/// Adds what `steps` steps from t on contribute to the gradients of the weights.
template <CellKind kind, class T>
void add_weight_products(const Layout<kind, T>& at, Index t, Index steps, T* weights) {
  const RecurrentBlock<T>& block = at.block;
  const Index stride = at.slots.count * at.units;
  const T *joined = at.joined(at.before(t), 0), *grads = at.saved(t, 0);
  for_each_column<T>(stride, [&](Index column, auto column_vectors) {
    static constexpr int Vectors = column_vectors.value;
    for_each_tile(at.joined_stride, [&](Index feature, auto tile_size) {
      Vector<T> sums[tile_size.value][Vectors];
      load_sums(sums, weights + feature * stride + column, stride);
      add_product<0, Vectors>(
          sums, Factor<T>{joined + feature, 1, at.joined_stride}, grads + column, block.slot_stride,
          steps * block.rows, [&](int r) {  // of the next tile
            const Index next = min<Index>(feature + tile_size.value + r, at.joined_stride - 1);
#pragma GCC unroll 4
            for (int v = 0; v < Vectors; ++v)
              fetch_to_write(weights + next * stride + column + v * lanes<T>);
          });
      store_sums(sums, weights + feature * stride + column, stride);
    });
  });
}

template <CellKind kind, class T>
void backward(const RecurrentBlock<T>& block, const T* packed, const RecurrentGradients<T>& grads) {
  const Layout<kind, T> at(block);
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
        T* dc = kind == CellKind::lstm ? grads.c + row * at.units + unit : nullptr;
        store(dh_row + unit, Cell<kind>::backward(dh, dc, at.place(t, row, unit)));
      }
    }
    add_recurrent_product(at, t, step_at(min(step + 1, block.steps - 1)), packed, grads.h);
    if (const Index waiting = step % group + 1; waiting == group || step + 1 == block.steps)
      add_weight_products(at, block.in_reverse ? t + 1 - waiting : t, waiting, grads.weights);
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
/// the elements of a column stand in the order (column, slot, lane). Padding units are zeros.
template <class T>
T* pack_units(Index unit, int slots, Index hidden, Index columns, const T* from, T* to) {
  const Index existing = min<Index>(lanes<T>, hidden - unit);
  for (Index slot = 0; slot < slots; ++slot)
    for (Index column = 0; column < columns; column += lanes<T>) {
      const Index count = min<Index>(lanes<T>, columns - column);
      Vector<T> square[lanes<T>] = {};
      for (Index lane = 0; lane < existing; ++lane)
        square[lane] = load_first(from + (slot * hidden + unit + lane) * columns + column, count);
      transpose_quarters<lanes<T> / 2>(square);
      for (Index c = 0; c < count; ++c)
        store(to + ((column + c) * slots + slot) * lanes<T>, square[c]);
    }
  return to + columns * slots * lanes<T>;
}

template <class T>
void pack_forward(CellKind kind, Index inputs, Index hidden, const T* weight_ih, const T* weight_hh,
                  T* packed) {
  const Slots slots = slots_of(kind);
  for (Index unit = 0; unit < hidden; unit += lanes<T>) {
    packed = pack_units(unit, slots.inputs, hidden, inputs, weight_ih, packed);
    packed = pack_units(unit, slots.hiddens, hidden, hidden, weight_hh, packed);
  }
}

template <class T>
void pack_backward(CellKind kind, Index hidden, const T* weight_hh, T* packed) {
  const Index rows = slots_of(kind).hiddens * hidden, units = padded_units(hidden, lanes<T>);
  for (Index unit = 0; unit < units; unit += tile_vectors * lanes<T>) {
    const Index end = min<Index>(units, unit + tile_vectors * lanes<T>);
    for (Index row = 0; row < rows; ++row)
      for (Index u = unit; u < end; ++u)
        *packed++ = u < hidden ? weight_hh[row * hidden + u] : T{0};
  }
}

template <class T>
void recurrent_forward(CellKind kind, const RecurrentBlock<T>& block, const T* packed,
                       const T* bias, T* output) {
  dispatch(kind, [&](auto constant) { forward<constant.value>(block, packed, bias, output); });
}

template <class T>
void recurrent_backward(CellKind kind, const RecurrentBlock<T>& block, const T* packed,
                        const RecurrentGradients<T>& grads) {
  dispatch(kind, [&](auto constant) { backward<constant.value>(block, packed, grads); });
}

}  // namespace
}  // namespace scanline::kernels
