#pragma once

#include <vector>

#include "scanline/framework/ops/recurrent.hpp"

namespace scanline {

/// Runs one recurrent layer over whole sequences x (T, B, I), in all its directions, as a single op
/// with its own backward function. The result is that of `recurrent_sequence`, and is computed much
/// faster.
///
/// `directions` has the parameters of one direction, which reads forward, or of two, the second of
/// which reads in reverse. The states in `initial` and the final ones hold the states of all
/// directions: h (D, B, H) and c (D, B, H). A state that is undefined stands for zeros and saves
/// the products with them. The output is that of all directions, concatenated: (T, B, D H). With
/// `with_output` false it is undefined, which saves the time to store it.
///
/// This op does not project hidden states; `composed_layer` does.
///
/// docs/performance.md describes how the op works and what limits its speed. The batch's rows are
/// sorted by length, so that the rows with a step t are the first ones; blocks of rows, and the
/// directions, run side by side on the threads of the pool.
/// @throws Error when the shapes do not fit or the sequence has no steps.
RecurrentSequence recurrent_layer(CellKind kind, const Tensor& x, const RecurrentState& initial,
                                  const std::vector<RecurrentParameters>& directions,
                                  const Lengths& lengths = {}, bool with_output = true);

/// The same layer, composed of `recurrent_sequence`s: the readable reference, which also projects
/// hidden states.
RecurrentSequence composed_layer(CellKind kind, const Tensor& x, const RecurrentState& initial,
                                 const std::vector<RecurrentParameters>& directions,
                                 const Lengths& lengths = {}, bool with_output = true);

}  // namespace scanline
