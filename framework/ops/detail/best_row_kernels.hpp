#pragma once

#include <algorithm>

#include "scanline/framework/core/parallel.hpp"
#include "scanline/framework/kernels/detail/row_kernels.hpp"

namespace scanline {

/// The loops over rows for the widest instructions of this processor, or for those that
/// SCANLINE_KERNELS allows.
template <class T>
const kernels::RowKernels<T>& best_row_kernels();
template <>
const kernels::RowKernels<float>& best_row_kernels();
template <>
const kernels::RowKernels<double>& best_row_kernels();

/// As many rows as are worth waking a thread.
inline Index rows_of_block(Index columns) { return std::max<Index>(1, (1 << 15) / columns); }

}  // namespace scanline
