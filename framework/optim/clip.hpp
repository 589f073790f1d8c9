#pragma once

#include <vector>

#include "scanline/framework/autograd/tensor.hpp"

namespace scanline::optim {

/// Clips the global gradient norm: if the 2-norm of all gradients together is larger than
/// `max_norm`, all gradients are multiplied by max_norm / (norm + 1e-6), as PyTorch's
/// clip_grad_norm_ does (Pascanu et al. 2013, arXiv 1211.5063). Returns the norm before clipping,
/// summed in double precision and in the order of the parameters. The norm is not finite if one
/// gradient is not.
/// @throws Error when `max_norm`, which may be infinite, is negative or not a number, and when two
///   parameters share elements.
double clip_grad_norm(const std::vector<Tensor>& parameters, double max_norm);

}  // namespace scanline::optim
