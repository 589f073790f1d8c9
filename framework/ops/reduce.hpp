#pragma once

#include <vector>

#include "scanline/framework/autograd/tensor.hpp"

namespace scanline {

// Reductions over some axes, or over all axes if none are given. Reduced axes are removed, or kept
// with extent 1 if `keep_axes` is true, as with PyTorch's keepdim. All reductions throw Error for
// an axis that does not exist or is named twice.

/// The sum of all elements; 0 if there are none.
Tensor sum(const Tensor& x);
/// The sums over `axes`.
Tensor sum(const Tensor& x, const std::vector<Index>& axes, bool keep_axes = false);
/// The arithmetic mean of all elements; NaN if there are none.
Tensor mean(const Tensor& x);
/// The means over `axes`.
Tensor mean(const Tensor& x, const std::vector<Index>& axes, bool keep_axes = false);
/// The largest element. If several elements are largest, they share the gradient equally.
/// @throws Error if there are no elements.
Tensor max(const Tensor& x);
/// The largest elements over `axes`. @throws Error if there are no elements.
Tensor max(const Tensor& x, const std::vector<Index>& axes, bool keep_axes = false);
/// The index of the largest element along `axis`, or the first such index if several elements are
/// largest. NaN counts as the largest. The result (int64) lacks the axis and has no gradient.
/// @throws Error if there are no elements.
Array argmax(const Tensor& x, Index axis);

}  // namespace scanline
