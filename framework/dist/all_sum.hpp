#pragma once

#include "scanline/framework/autograd/tensor.hpp"
#include "scanline/framework/dist/communicator.hpp"

namespace scanline::dist {

/// The elementwise sum of the tensors of all ranks, which have one shape. Its gradient is the sum
/// of the gradients of all ranks, so that the sum of their losses is what is differentiated. All
/// ranks have to call this, and `backward`, in the same order.
/// @throws RankFailure when a rank has failed.
Tensor all_sum(const Communicator& ranks, const Tensor& x);

/// Replaces the elements of an array of float32 or float64 by the sums over all ranks.
/// @throws RankFailure when a rank has failed.
void sum_in_place(const Communicator& ranks, const Array& values);

/// Copies the elements of rank `root`'s array to those of the other ranks, which have its size and
/// type.
/// @throws RankFailure when a rank has failed.
void broadcast(const Communicator& ranks, const Array& values, int root = 0);

}  // namespace scanline::dist
