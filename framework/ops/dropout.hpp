#pragma once

#include "scanline/framework/autograd/tensor.hpp"

namespace scanline {

/// Sets each element to zero with the given probability and scales the others by
/// 1 / (1 - probability), which keeps the expectation (Srivastava et al. 2014, "inverted" form).
/// Draws from the default random stream. It always drops elements, so evaluation must not call it.
///
/// If this process computes only some rows of a batch (dist::BatchScope), they get the part of the
/// mask that they would have in the whole batch. `batch_axis` is the axis of its rows.
/// @throws Error unless 0 <= probability < 1.
Tensor dropout(const Tensor& x, double probability, Index batch_axis = 0);

}  // namespace scanline
