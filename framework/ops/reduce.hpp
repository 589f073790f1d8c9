#pragma once

#include <vector>

#include "scanline/framework/autograd/tensor.hpp"

namespace scanline {

// Reductions over some axes, or over all where none are given. Reduced axes vanish, or stay with
// extent 1 if `keep_axes` is set. All throw Error for an axis that does not exist or is named
// twice.

/// The sum; 0 over no elements.
Tensor sum(const Tensor& x);
/// The sums over `axes`.
Tensor sum(const Tensor& x, const std::vector<Index>& axes, bool keep_axes = false);
/// The arithmetic mean; not a number over no elements.
Tensor mean(const Tensor& x);
/// The means over `axes`.
Tensor mean(const Tensor& x, const std::vector<Index>& axes, bool keep_axes = false);
/// The largest element. Where several are, they share the gradient equally.
/// @throws Error over no elements.
Tensor max(const Tensor& x);
/// The largest elements over `axes`. @throws Error over no elements.
Tensor max(const Tensor& x, const std::vector<Index>& axes, bool keep_axes = false);
/// The position of the largest element along `axis`, which the result (int64) lacks; the first one
/// where several are. What is not a number counts as the largest. It has no gradient.
/// @throws Error over no elements.
Array argmax(const Tensor& x, Index axis);

}  // namespace scanline
