#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "scanline/framework/core/fields.hpp"
#include "scanline/framework/nn/module.hpp"
#include "scanline/models/registry.hpp"
#include "scanline/predict/model_file.hpp"

namespace scanline::train {

/// The model in a file or a run directory, as settings of a run that starts from its weights:
/// "model" and the options of this model. They are empty if the file has no metadata and its
/// tensors do not tell the model.
/// @throws Error when the file cannot be read or is damaged, or its metadata are wrong.
Settings initial_model(const std::filesystem::path& path, const models::Registry& registry);

/// Copies the weights of a file or a run directory, as `read_model` reads them, into the network
/// that `description` describes. If they are those of a network for another number of classes, the
/// tensors that depend on it, which are the head's, keep their present values. Returns notes for
/// the user: that the head starts anew, or that the classes have other names.
/// @throws Error when the weights cannot be read or are damaged, or do not fit otherwise.
std::vector<std::string> load_initial_weights(const std::filesystem::path& path, nn::Layer& network,
                                              const ModelDescription& description,
                                              const models::Registry& registry);

}  // namespace scanline::train
