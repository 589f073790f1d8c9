#pragma once

#include "scanline/framework/autograd/tensor.hpp"

namespace scanline {

/// Elements of x picked along `axis`: result[i][j] = x[i][indices[i][j]] for axis 1, and so on. The
/// indices (int64) have x's shape except along `axis`, and give the result its shape.
/// The indices are copied: changing them later changes no gradient.
/// @throws Error for indices that are out of range or misshapen.
Tensor gather(const Tensor& x, const Array& indices, Index axis);

/// Rows of a table (V, E) looked up by number: ids (int64, any shape) -> (shape of ids..., E). The
/// gradient of a row is the sum over all places that looked it up.
/// The ids are copied: changing them later changes no gradient.
/// @throws Error for a number outside [0, V).
Tensor embedding(const Tensor& table, const Array& ids);

}  // namespace scanline
