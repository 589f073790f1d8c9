#pragma once

#include <vector>

#include "scanline/framework/autograd/tensor.hpp"

namespace scanline::optim {

/// Scales all gradients by max_norm / norm if their common 2-norm is larger than `max_norm`
/// (Pascanu et al. 2013, arXiv 1211.5063); like PyTorch's clip_grad_norm_, by
/// max_norm / (norm + 1e-6). Returns the norm before that, summed in double precision and in the
/// order of the parameters; it is not finite as soon as one gradient is not.
/// @throws Error when `max_norm`, which may be infinite, is negative or not a number, and when two
///   parameters share elements.
double clip_grad_norm(const std::vector<Tensor>& parameters, double max_norm);

}  // namespace scanline::optim
