// Compiled once for each set of instructions; SCANLINE_ROW_KERNEL_SET is the name of that version,
// SCANLINE_NUMBER the type of its elements.

#include "scanline/framework/kernels/detail/rows.hpp"

namespace scanline::kernels {

const RowKernels<SCANLINE_NUMBER> SCANLINE_ROW_KERNEL_SET = compiled_row_kernels<SCANLINE_NUMBER>();

}  // namespace scanline::kernels
