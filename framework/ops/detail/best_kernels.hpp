#pragma once

#include "scanline/framework/kernels/detail/kernels.hpp"

namespace scanline {

/// The kernels for the widest instructions that this processor has; always the same ones within a
/// process. The environment variable SCANLINE_KERNELS sets a limit, for those who want the same
/// bits from processors that differ: `baseline`, `x86-64-v3` or `x86-64-v4`.
/// @throws Error for another value of it.
template <class T>
const kernels::Kernels<T>& best_kernels();

/// The kernels that multiply bfloat16; null where the processor has no instructions for it, or
/// SCANLINE_KERNELS excludes them. Throws as `best_kernels` does.
const kernels::Kernels<float>* bf16_kernels();

}  // namespace scanline
