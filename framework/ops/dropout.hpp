#pragma once

#include "scanline/framework/autograd/tensor.hpp"

namespace scanline {

/// Sets each element to zero with the given probability and scales the others by
/// 1 / (1 - probability), which keeps the expectation (Srivastava et al. 2014, "inverted" form).
/// Draws from the default random stream. It always drops elements, so evaluation must not call it.
/// @throws Error unless 0 <= probability < 1.
Tensor dropout(const Tensor& x, double probability);

}  // namespace scanline
