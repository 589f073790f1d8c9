#pragma once

#include <string>
#include <vector>

#include "scanline/framework/autograd/tensor.hpp"
#include "scanline/framework/nn/module.hpp"

namespace scanline::train {

/// Makes the parameters whose names match one of `patterns` require no gradient, so that training
/// leaves them as they are. Patterns are those of a shell for file names, such as "lstm.*",
/// separated by commas. Buffers, such as the running statistics of batch norm, are not frozen, as
/// in PyTorch.
/// @throws Error when a pattern matches no parameter, with the names of all of them, and when no
///   parameter is left to train.
void freeze(const nn::Module& network, const std::string& patterns);

/// The parameters that require a gradient, in the order of `network.parameters()`.
std::vector<Tensor> trained_parameters(const nn::Module& network);

}  // namespace scanline::train
