#pragma once

#include "framework/kernels/recurrent.hpp"
#include "framework/kernels/vector.hpp"

// The time loops of the recurrent layers. Like everything that is compiled for several sets of
// instructions they are local to the source that includes them, and call no inline function of the
// standard library, whose one definition might be the one with instructions that are not there.

namespace scanline::kernels {
namespace {

using Index = std::int64_t;

/// A number that is known when the program is compiled, as an argument.
template <auto number>
struct Constant {
  static constexpr auto value = number;
};

// A tile of a product holds its sums in registers: `tile_rows` rows of the batch times the four
// slots of a vector of units (forward) or four vectors of units (backward). AVX-512 and Arm have 32
// registers, the others 16.
#if defined(__AVX512F__) || defined(__ARM_NEON)
constexpr int tile_rows = 6;
#else
constexpr int tile_rows = 3;
#endif
constexpr int tile_vectors = 4;
// The gradients of the weights are added up after so many rows (steps times rows of the block): few
// enough for the rows to be in the second-level cache still, enough for a tile's loads and stores
// of sums not to matter.
constexpr std::int64_t weight_rows = 128;

/// Calls `body` with a compile-time number of rows: whole tiles, then what is left.
template <class Body>
void for_each_tile(Index rows, Body body) {
  Index row = 0;
  for (; row + tile_rows <= rows; row += tile_rows) body(row, Constant<tile_rows>());
  switch (rows - row) {
    case 5: return body(row, Constant<min(5, tile_rows)>());
    case 4: return body(row, Constant<min(4, tile_rows)>());
    case 3: return body(row, Constant<min(3, tile_rows)>());
    case 2: return body(row, Constant<2>());
    case 1: return body(row, Constant<1>());
    default: return;
  }
}

/// Where a factor's elements lie: element (i, k) is i * stride + k * step behind the first.
template <class T>
struct Factor {
  const T* first;
  Index stride, step;
};

/// sums[r][First + v] += a(r, k) * b[k][v] for each k < depth: `Rows` rows times `Count` vectors,
/// which lie `b_step` elements from one k to the next.
template <int First, int Count, int Rows, int All, class T>
inline __attribute__((always_inline)) void add_product(Vector<T> (&sums)[Rows][All], Factor<T> a,
                                                       const T* b, Index b_step, Index depth) {
  for (Index k = 0; k < depth; ++k) {
    Vector<T> row_of_b[Count];
#pragma GCC unroll 8
    for (int v = 0; v < Count; ++v) row_of_b[v] = load(b + k * b_step + v * lanes<T>);
#pragma GCC unroll 8
    for (int r = 0; r < Rows; ++r) {
      const Vector<T> factor = broadcast(a.first[r * a.stride + k * a.step]);
#pragma GCC unroll 8
      for (int v = 0; v < Count; ++v) sums[r][First + v] += factor * row_of_b[v];
    }
  }
}

/// The same in as many pieces as there are rows, with a call of `fetch(r)` before each. Memory that
/// is asked for piece by piece arrives meanwhile; asked for at once, it would fill the processor's
/// list of lines under way, and the factors would have to wait for a place there.
template <int First, int Count, int Rows, int All, class T, class Fetch>
inline __attribute__((always_inline)) void add_product(Vector<T> (&sums)[Rows][All], Factor<T> a,
                                                       const T* b, Index b_step, Index depth,
                                                       Fetch fetch) {
  for (int r = 0; r < Rows; ++r) {
    fetch(r);
    const Index k = depth * r / Rows, end = depth * (r + 1) / Rows;
    add_product<First, Count>(sums, Factor<T>{a.first + k * a.step, a.stride, a.step},
                              b + k * b_step, b_step, end - k);
  }
}

/// Rows of sums, `stride` elements apart, to and from registers.
template <int Rows, int Count, class T>
inline __attribute__((always_inline)) void load_sums(Vector<T> (&sums)[Rows][Count], const T* from,
                                                     Index stride) {
#pragma GCC unroll 8
  for (int r = 0; r < Rows; ++r)
#pragma GCC unroll 8
    for (int v = 0; v < Count; ++v) sums[r][v] = load(from + r * stride + v * lanes<T>);
}
template <int Rows, int Count, class T>
inline __attribute__((always_inline)) void store_sums(const Vector<T> (&sums)[Rows][Count], T* to,
                                                      Index stride) {
#pragma GCC unroll 8
  for (int r = 0; r < Rows; ++r)
#pragma GCC unroll 8
    for (int v = 0; v < Count; ++v) store(to + r * stride + v * lanes<T>, sums[r][v]);
}

/// Calls `body` with the number of vectors of each column of tiles as a compile-time constant.
template <class T, class Body>
void for_each_column(Index units, Body body) {
  for (Index unit = 0; unit < units; unit += tile_vectors * lanes<T>) {
    switch (min<Index>(tile_vectors, (units - unit) / lanes<T>)) {
      case 4: body(unit, Constant<4>()); break;
      case 3: body(unit, Constant<3>()); break;
      case 2: body(unit, Constant<2>()); break;
      default: body(unit, Constant<1>()); break;
    }
  }
}

/// Where one vector of units of one row lies.
template <class T>
struct Place {
  T* slots;         // of the first slot; the next ones are `stride` further on
  Index stride;     // U
  const T* h_prev;  // hidden state before the step
  const T* c_prev;  // cell state before and after it
  T* c_next;
};

// The cells, a vector of units at a time. `forward` turns the sums of the slots into the new hidden
// state and saves what `backward` needs; `backward` takes the gradient of the hidden state after
// the step, puts those of the sums into the slots, and returns what goes to the hidden state before
// it past the product with W_hh. docs/lstm_bptt.md derives the LSTM's.

template <CellKind kind>
struct Cell;

template <>
struct Cell<CellKind::lstm> {
  template <class T>
  static Vector<T> forward(const Vector<T>* sums, const Place<T>& at) {
    const Vector<T> i = sigmoid(sums[0]), f = sigmoid(sums[1]), g = tanh(sums[2]),
                    o = sigmoid(sums[3]);
    const Vector<T> c = f * load(at.c_prev) + i * g;
    store(at.slots, i);
    store(at.slots + at.stride, f);
    store(at.slots + 2 * at.stride, g);
    store(at.slots + 3 * at.stride, o);
    store(at.c_next, c);
    return o * tanh(c);
  }
  template <class T>
  static Vector<T> backward(Vector<T> dh, T* dc_carried, const Place<T>& at) {
    const Vector<T> i = load(at.slots), f = load(at.slots + at.stride),
                    g = load(at.slots + 2 * at.stride), o = load(at.slots + 3 * at.stride);
    const Vector<T> tanh_c = tanh(load(at.c_next));
    const Vector<T> dc = load(dc_carried) + dh * o * (1 - tanh_c * tanh_c);
    store(at.slots, dc * g * i * (1 - i));
    store(at.slots + at.stride, dc * load(at.c_prev) * f * (1 - f));
    store(at.slots + 2 * at.stride, dc * i * (1 - g * g));
    store(at.slots + 3 * at.stride, dh * tanh_c * o * (1 - o));
    store(dc_carried, dc * f);
    return Vector<T>{};
  }
};

template <>
struct Cell<CellKind::gru> {
  template <class T>
  static Vector<T> forward(const Vector<T>* sums, const Place<T>& at) {
    const Vector<T> r = sigmoid(sums[1]), z = sigmoid(sums[2]), n = tanh(sums[0] + r * sums[3]);
    store(at.slots, n);
    store(at.slots + at.stride, r);
    store(at.slots + 2 * at.stride, z);
    store(at.slots + 3 * at.stride, sums[3]);
    return n + z * (load(at.h_prev) - n);
  }
  template <class T>
  static Vector<T> backward(Vector<T> dh, T*, const Place<T>& at) {
    const Vector<T> n = load(at.slots), r = load(at.slots + at.stride),
                    z = load(at.slots + 2 * at.stride), n_h = load(at.slots + 3 * at.stride);
    const Vector<T> dn = dh * (1 - z) * (1 - n * n);
    store(at.slots, dn);
    store(at.slots + at.stride, dn * n_h * r * (1 - r));
    store(at.slots + 2 * at.stride, dh * (load(at.h_prev) - n) * z * (1 - z));
    store(at.slots + 3 * at.stride, dn * r);
    return dh * z;
  }
};

template <>
struct Cell<CellKind::rnn_tanh> {
  template <class T>
  static Vector<T> forward(const Vector<T>* sums, const Place<T>& at) {
    const Vector<T> h = tanh(sums[0]);
    store(at.slots, h);
    return h;
  }
  template <class T>
  static Vector<T> backward(Vector<T> dh, T*, const Place<T>& at) {
    const Vector<T> h = load(at.slots);
    store(at.slots, dh * (1 - h * h));
    return Vector<T>{};
  }
};

template <>
struct Cell<CellKind::rnn_relu> {
  template <class T>
  static Vector<T> forward(const Vector<T>* sums, const Place<T>& at) {
    const Vector<T> h = relu<T>(sums[0]);
    store(at.slots, h);
    return h;
  }
  template <class T>
  static Vector<T> backward(Vector<T> dh, T*, const Place<T>& at) {
    store(at.slots, load(at.slots) > T{0} ? dh : Vector<T>{});
    return Vector<T>{};
  }
};

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
  for (Index step = 0; step < block.steps; ++step) {
    const Index t = block.in_reverse ? step : block.steps - 1 - step;
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
    const Index next = step + 1 == block.steps ? t : block.in_reverse ? t + 1 : t - 1;
    add_recurrent_product(at, t, next, packed, grads.h);
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
/// the elements of a column stand in the order (column, slot, lane).
template <class T>
T* pack_units(Index unit, int slots, Index hidden, Index columns, const T* from, T* to) {
  // So many columns at a time: a row's piece is a cache line or two, and what is written to stays
  // in the first-level cache.
  constexpr Index piece = 16;
  for (Index first = 0; first < columns; first += piece)
    for (Index slot = 0; slot < slots; ++slot)
      for (Index lane = 0; lane < lanes<T>; ++lane) {
        const bool exists = unit + lane < hidden;
        const T* row = from + (slot * hidden + unit + lane) * columns;
        for (Index column = first; column < min(columns, first + piece); ++column)
          to[(column * slots + slot) * lanes<T> + lane] = exists ? row[column] : T{0};
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
