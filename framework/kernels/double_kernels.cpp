#include "framework/kernels/loops.hpp"

namespace scanline::kernels {

const Kernels<double> double_kernels = compiled_kernels<double>();

}  // namespace scanline::kernels
