#pragma once

#include <cstdint>

namespace scanline::kernels {

// One layer of recurrent cells over a whole sequence, in one direction, for a block of the batch's
// rows: the time loops of the fused op in ops/recurrent_layer. T is float or double.
//
// S is the number of slots, the sums that a cell computes for each unit (`CellTraits`). I is the
// number of inputs and H the number of hidden units. U is H rounded up to whole vectors. The units
// after the first H are zero wherever they are stored, so that loops need no special last turn.

/// U: the number of hidden units, rounded up to whole vectors.
static constexpr std::int64_t padded_units(std::int64_t hidden, std::int64_t lanes) {
  return (hidden + lanes - 1) / lanes * lanes;
}

/// The arrays of a block: some rows of the batch, at all steps. States are numbered by the steps
/// between which they are: the state before step t is number t, and the state after it is number
/// t + 1. A reverse direction goes from number t + 1 to number t.
template <class T>
struct RecurrentBlock {
  std::int64_t steps, rows, inputs, hidden;
  bool in_reverse;
  /// The first row's number in the batch, whose rows are sorted by length, the longest first.
  std::int64_t first;
  /// (steps,): how many of the batch's rows have a step t.
  const std::int64_t* active;

  /// (steps + 1, rows, U + I + 1 rounded up to whole vectors): [h | x | 1], the concatenated input
  /// of the products. x of step t is stored with the state before this step.
  T* concatenated;
  /// Whether the states before the first step are zeros, so that nothing need be multiplied by
  /// them.
  bool starts_at_zero;
  /// Whether slots and cells of all steps are kept for a backward pass. If not, `slots` holds one
  /// row and `cells` one step. They are overwritten at each step and stay in the first-level cache.
  bool keeps_steps;
  /// (steps, rows, S, U): what the forward pass saves of each slot. The backward pass replaces it
  /// by the gradients of the gate pre-activations. Rows are `slot_stride` elements apart. This
  /// should not be a multiple of 1 KiB, since the rows of a column would then share a few sets of
  /// the cache.
  T* slots;
  std::int64_t slot_stride;
  /// (steps + 1, rows, U): cell states, for kinds that have them; else null.
  T* cells;
  /// Scratch memory of `Kernels::scratch_size` elements.
  T* scratch;

  /// The place of a row in `output` and in its gradient: step t of row r of the block is row
  /// t * batch + order[r] there. Those rows are `output_stride` elements apart.
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

/// The gradients of a block.
template <class T>
struct RecurrentGradients {
  /// The gradient of `output`; null if there is none.
  const T* output;
  /// (rows, U): the gradients of the final states, which are replaced by those of the initial
  /// states. c is null for kinds without cell states.
  T *h, *c;
  /// Whether the gradients of the initial states are wanted. If not, h stays as it is before the
  /// last product.
  bool initial_wanted;
  /// (steps, rows, I rounded up to whole vectors): receives the gradients of the block's inputs, if
  /// they are wanted. Nothing is written where a row has no step.
  T* input;
  /// (U + I + 1, S, U): receives the sum over all steps and rows of [h | x | 1]^T times the
  /// gradients of the gate pre-activations. The gradients of all weights and biases are parts of
  /// it.
  T* weights;
};

}  // namespace scanline::kernels
