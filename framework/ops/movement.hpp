#pragma once

#include <vector>

#include "scanline/framework/autograd/tensor.hpp"

namespace scanline {

// Ops that move elements without changing them. Axes may be negative, counted from the end; all
// throw Error for axes that do not exist and shapes that do not fit.

/// The same elements in another shape; no copy. One extent may be -1, and is then computed.
Tensor reshape(const Tensor& x, const std::vector<Index>& extents);
/// The axes in another order: axis i of the result is axis `order[i]` of x. Copies, since arrays
/// are contiguous; a product that needs an operand transposed is told so instead (see `matmul`).
Tensor permute(const Tensor& x, const std::vector<Index>& order);
/// Two axes swapped.
Tensor transpose(const Tensor& x, Index axis_a = -2, Index axis_b = -1);
/// Positions [begin, end) of an axis. Along the first axis nothing is copied.
Tensor slice(const Tensor& x, Index axis, Index begin, Index end);
/// Position `index` of an axis, which the result lacks; negative indices count from the end. `x[i]`
/// is `select(x, 0, i)`. Along the first axis nothing is copied.
/// @throws Error when there is no such position.
Tensor select(const Tensor& x, Index axis, Index index);
/// All positions of an axis, each as a tensor without that axis: the inverse of `stack`.
std::vector<Tensor> unstack(const Tensor& x, Index axis);
/// x with `before` elements of `value` in front of an axis and `after` of them behind it.
/// @throws Error when one of them is negative.
Tensor pad(const Tensor& x, Index axis, Index before, Index after, double value = 0);
/// Tensors that differ in the extent of `axis` alone, one behind the other.
Tensor concatenate(const std::vector<Tensor>& parts, Index axis);
/// Tensors of one shape, side by side along a new axis.
Tensor stack(const std::vector<Tensor>& parts, Index axis);
/// An axis cut into `parts` slices of equal extent.
std::vector<Tensor> split(const Tensor& x, Index parts, Index axis);
/// An axis in reverse order.
Tensor flip(const Tensor& x, Index axis);

}  // namespace scanline
