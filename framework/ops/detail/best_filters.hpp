#pragma once

#include "scanline/framework/kernels/detail/filters.hpp"

namespace scanline {

/// The kernels of convolutions for the instructions of which `best_kernels` returns those of
/// recurrent layers. Throws as it does.
template <class T>
const kernels::FilterKernels<T>& best_filters();

}  // namespace scanline
