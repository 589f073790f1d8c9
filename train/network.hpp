#pragma once

#include <memory>

#include "scanline/framework/nn/module.hpp"
#include "scanline/models/registry.hpp"
#include "scanline/predict/model_file.hpp"

namespace scanline::train {

/// Makes the network of a run. @throws Error when it does not fit the images, has no parameters, or
///   takes more memory to be trained than the machine has.
std::unique_ptr<nn::Layer> make_network(const models::Registry::Factory& model,
                                        const ModelDescription& description);

}  // namespace scanline::train
