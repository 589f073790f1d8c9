#pragma once

#include <vector>

#include "scanline/framework/ops/recurrent.hpp"

namespace scanline {

/// One recurrent layer over whole sequences, in all its directions, as a single op with a gradient
/// of its own: what `recurrent_sequence` computes step by step, much faster. The states of
/// `initial` hold the directions one behind the other, h (D, B, H) and c (D, B, H), as do the final
/// ones; a state that is undefined is zeros, by which nothing need be multiplied. Outputs are
/// joined, (T, B, D H). `directions` has the parameters of one direction, which reads forward, or
/// of two, the second of which reads in reverse.
///
/// Without output the result's is undefined, and what it would take to store it is saved: where the
/// final states are all that is wanted.
///
/// A projection of the hidden state is not part of this op: `composed_layer` knows it.
///
/// How it works, and what bounds it: docs/performance.md. The batch's rows are sorted by length, so
/// that the rows with a step t are the first ones; blocks of rows, and the directions, run side by
/// side on the threads of the pool.
/// @throws Error when the shapes do not fit or the sequence has no steps.
RecurrentSequence recurrent_layer(CellKind kind, const Tensor& x, const RecurrentState& initial,
                                  const std::vector<RecurrentParameters>& directions,
                                  const Lengths& lengths = {}, bool with_output = true);

/// The same, composed of `recurrent_sequence`s: the readable reference, and what knows projections.
RecurrentSequence composed_layer(CellKind kind, const Tensor& x, const RecurrentState& initial,
                                 const std::vector<RecurrentParameters>& directions,
                                 const Lengths& lengths = {}, bool with_output = true);

}  // namespace scanline
