// Compiled once for each set of instructions; SCANLINE_KERNEL_SET is the name of that version.

#include "scanline/framework/kernels/detail/filter_loops.hpp"

namespace scanline::kernels {

const FilterKernels<float> SCANLINE_KERNEL_SET = compiled_filters<float>();

}  // namespace scanline::kernels
