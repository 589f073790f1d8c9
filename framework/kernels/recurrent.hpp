#pragma once

#include <cstdint>

#include "framework/kernels/cell_kind.hpp"

namespace scanline::kernels {

// One layer of recurrent cells over a whole sequence, in one direction, for a block of the batch's
// rows: the time loops of the fused op in ops/recurrent_layer. T is float or double.
//
// A *slot* is one of the sums that a cell computes for each unit: i, f, g, o of an LSTM; of a GRU
// n_x, r, z, n_h, where the candidate keeps its two parts apart, since the reset gate acts on the
// second alone; the only one of an RNN. The input contributes to the slots from `first_input_slot`
// on, the hidden state to those from `first_hidden_slot` on.
//
// H is the number of hidden units, U that number rounded up to whole vectors: the units behind H
// are zero wherever they are stored, so that loops need no special last turn.

struct Slots {
  int count, first_input, inputs, first_hidden, hiddens;
};
constexpr Slots slots_of(CellKind kind) {
  switch (kind) {
    case CellKind::lstm: return {4, 0, 4, 0, 4};
    case CellKind::gru: return {4, 0, 3, 1, 3};
    default: return {1, 0, 1, 0, 1};
  }
}

/// U: `hidden` rounded up to whole vectors.
template <class T>
std::int64_t padded_units(std::int64_t hidden);

/// A layer's weights in the order in which the products read them. S_x and S_h are the numbers of
/// slots of the input and of the hidden state.
///
/// Of the sources, `weight_ih` holds rows (S_x, H) of I columns and `weight_hh` rows (S_h, H) of H
/// columns, both in the order of slots.
/// - forward: for each vector of units, (I, S_x, lanes), then (H, S_h, lanes); U (I S_x + H S_h)
/// - backward: for each four vectors of units, (S_h, H, 4 lanes); fewer in the last; S_h H U
template <class T>
void pack_forward(CellKind kind, std::int64_t inputs, std::int64_t hidden, const T* weight_ih,
                  const T* weight_hh, T* packed);
template <class T>
void pack_backward(CellKind kind, std::int64_t hidden, const T* weight_hh, T* packed);

/// Where the numbers of a block lie: some rows of the batch, all steps. Time is counted in slots
/// between steps: the state before step t is number t, the one after it t + 1; a reverse direction
/// goes from number t + 1 to number t.
template <class T>
struct RecurrentBlock {
  std::int64_t steps, rows, inputs, hidden;
  bool in_reverse;
  /// The first row's number in the batch, whose rows are sorted by length, the longest first.
  std::int64_t first;
  /// (steps,): how many of the batch's rows have a step t.
  const std::int64_t* active;

  /// (steps + 1, rows, I + 1 + U): x, a 1 and the state that are read together. x of step t lies
  /// with the state before it.
  T* joined;
  /// Whether slots and cells of all steps are kept, for a backward pass. If not, there is room for
  /// one step in each, which is used again and again.
  bool keeps_steps;
  /// (steps, rows, S, U): what the forward pass saves of each slot; the backward pass puts the
  /// gradients of the sums in its place. Rows lie `slot_stride` elements apart, which had better
  /// not be a multiple of 1 KiB: a column would then find room in few sets of the cache alone.
  T* slots;
  std::int64_t slot_stride;
  /// (steps + 1, rows, U): cell states. LSTM alone.
  T* cells;

  /// Where a row of the block lies in `output` and its gradient: step t of row r is row
  /// t * batch + order[r] there. Rows of these lie `output_stride` elements apart.
  const std::int64_t* order;
  std::int64_t batch, output_stride;
};

/// Takes a block through all steps. `bias` is (S, U). The hidden states are also written to
/// `output`.
template <class T>
void recurrent_forward(CellKind kind, const RecurrentBlock<T>& block, const T* packed,
                       const T* bias, T* output);

/// Where the gradients of a block lie.
template <class T>
struct RecurrentGradients {
  /// Of `output`; null for none.
  const T* output;
  /// (rows, U): those of the final states, which become those of the initial ones. c: LSTM alone.
  T *h, *c;
  /// (I + 1 + U, S, U): receives the sum over all steps and rows of [x | 1 | h]^T (gradients of the
  /// sums), from which those of all weights and biases are taken.
  T* weights;
};

/// Goes back through all steps.
template <class T>
void recurrent_backward(CellKind kind, const RecurrentBlock<T>& block, const T* packed,
                        const RecurrentGradients<T>& grads);

}  // namespace scanline::kernels
