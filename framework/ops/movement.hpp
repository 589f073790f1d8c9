#pragma once

#include <vector>

#include "scanline/framework/autograd/tensor.hpp"

namespace scanline {

// Ops that move elements without changing them. Axes may be negative, counted from the end; all
// throw Error for axes that do not exist and shapes that do not fit.

/// The same elements in another shape, without a copy. One extent may be -1, and is then computed.
Tensor reshape(const Tensor& x, const std::vector<Index>& extents);
/// Reorders the axes: axis i of the result is axis `order[i]` of x. The elements are copied, since
/// arrays are contiguous. `matmul` can transpose its operands without a copy.
Tensor permute(const Tensor& x, const std::vector<Index>& order);
/// Swaps two axes.
Tensor transpose(const Tensor& x, Index axis_a = -2, Index axis_b = -1);
/// Indices [begin, end) of an axis. A slice along the first axis is not a copy.
Tensor slice(const Tensor& x, Index axis, Index begin, Index end);
/// The elements at `index` of an axis, without that axis. Negative indices count from the end.
/// `x[i]` is `select(x, 0, i)`. A selection along the first axis is not a copy.
/// @throws Error when there is no such index.
Tensor select(const Tensor& x, Index axis, Index index);
/// Splits an axis into tensors without that axis, one for each index. This is the inverse of
/// `stack`.
std::vector<Tensor> unstack(const Tensor& x, Index axis);
/// Pads an axis of x with `before` elements of `value` at its beginning and `after` at its end.
/// @throws Error when one of these counts is negative.
Tensor pad(const Tensor& x, Index axis, Index before, Index after, double value = 0);
/// Concatenates tensors along `axis`. Their shapes may differ only in the extent of that axis.
Tensor concatenate(const std::vector<Tensor>& parts, Index axis);
/// Stacks tensors of one shape along a new axis.
Tensor stack(const std::vector<Tensor>& parts, Index axis);
/// Splits an axis into `parts` slices of equal extent.
std::vector<Tensor> split(const Tensor& x, Index parts, Index axis);
/// Reverses the order of an axis.
Tensor flip(const Tensor& x, Index axis);

}  // namespace scanline
