#include "scanline/framework/kernels/detail/filter_loops.hpp"

namespace scanline::kernels {

const FilterKernels<double> double_filters = compiled_filters<double>();

}  // namespace scanline::kernels
