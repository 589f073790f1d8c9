#include "scanline/framework/kernels/detail/loops.hpp"

namespace scanline::kernels {

const Kernels<double> double_kernels = compiled_kernels<double>();

}  // namespace scanline::kernels
