#pragma once

#include <cstdint>

namespace scanline::kernels {

// One layer of recurrent cells over a whole sequence, in one direction, for a block of the batch's
// rows: the time loops of the fused op in ops/recurrent_layer. T is float or double.
//
// S is the number of slots, the sums that a cell computes for each unit (`CellTraits`). I is the
// number of inputs, H that of hidden units, and U is H rounded up to whole vectors: the units after
// the first H are zero wherever they are stored, so that loops need no special last turn.

/// U: the number of hidden units, rounded up to whole vectors.
static constexpr std::int64_t padded_units(std::int64_t hidden, std::int64_t lanes) {
  return (hidden + lanes - 1) / lanes * lanes;
}

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

  /// (steps + 1, rows, U + I + 1, rounded up to whole vectors): the state, x and the 1 that are
  /// read together. x of step t lies with the state before it.
  T* joined;
  /// Whether the states before the first step are zeros, so that nothing need be multiplied by
  /// them.
  bool starts_at_zero;
  /// Whether slots and cells of all steps are kept, for a backward pass. If not, `slots`
  /// has room for one row and `cells` for one step, which are overwritten at each step, and stay
  /// in the first-level cache.
  bool keeps_steps;
  /// (steps, rows, S, U): what the forward pass saves of each slot; the backward pass puts the
  /// gradients of the sums in its place. Rows lie `slot_stride` elements apart, which should
  /// not be a multiple of 1 KiB: the rows of a column would then share a few sets of the cache.
  T* slots;
  std::int64_t slot_stride;
  /// (steps + 1, rows, U): cell states, for kinds that have them; else null.
  T* cells;
  /// Room of as many elements as `Kernels::scratch_size` says.
  T* scratch;

  /// Where a row of the block lies in `output` and its gradient: step t of row r is row
  /// t * batch + order[r] there. Rows of these lie `output_stride` elements apart.
  const std::int64_t* order;
  std::int64_t batch, output_stride;
};

/// A layer's weights, packed for the backward pass.
template <class T>
struct BackwardWeights {
  const T* hidden;
  /// Null where the input's gradient is not wanted.
  const T* input;
};

/// Where the gradients of a block lie.
template <class T>
struct RecurrentGradients {
  /// Of `output`; null for none.
  const T* output;
  /// (rows, U): those of the final states, which become those of the initial ones. c is null for
  /// kinds without cell states.
  T *h, *c;
  /// Whether those of the initial states are wanted. If not, h is left as it is before the last
  /// product.
  bool initial_wanted;
  /// (steps, rows, I rounded up to whole vectors): receives those of the block's inputs, if wanted.
  /// Where a row has no step nothing is written.
  T* input;
  /// (U + I + 1, S, U): receives the sum over all steps and rows of [h | x | 1]^T (gradients of the
  /// sums), from which those of all weights and biases are taken.
  T* weights;
};

}  // namespace scanline::kernels
