#pragma once

#include <vector>

#include "scanline/framework/autograd/tensor.hpp"

namespace scanline::optim {

/// Optimizers, averages and clipping treat parameters as independent, each on a thread, so no
/// element may be reached through two of them.
/// @throws Error that begins with `owner` when a parameter is undefined, or was given twice, or two
///   parameters were made of the same elements.
void check_distinct(const char* owner, const std::vector<Tensor>& parameters);

}  // namespace scanline::optim
