// Compiled once for each set of instructions; SCANLINE_KERNEL_SET is the name of that
// version, SCANLINE_ELEMENT what its products multiply.

#include "scanline/framework/kernels/detail/loops.hpp"

namespace scanline::kernels {

const Kernels<float> SCANLINE_KERNEL_SET = compiled_kernels<float, SCANLINE_ELEMENT>();

}  // namespace scanline::kernels
