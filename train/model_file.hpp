#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "scanline/framework/io/safetensors.hpp"
#include "scanline/framework/nn/module.hpp"
#include "scanline/models/registry.hpp"

namespace scanline::train {

/// What a model file says of its tensors: enough to build the network again and to prepare images
/// for it. Nothing in it differs between two runs with the same options. Of a file without such
/// metadata, as PyTorch code writes it, `model`, `task` and `options` are read off the tensors,
/// class names are numbers, and what cannot be known, from `dataset` on, is left as it is here.
struct ModelDescription {
  std::string model;                     // the name in the registry of models
  models::ImageTask task;                // sizes of images, and number of classes
  Settings options;                      // of the model, by name
  std::vector<std::string> class_names;  // one for each class
  std::string dataset;                   // it was trained on
  double mean = 0,                       // of the training pixels, scaled to [0, 1]
      standard_deviation = 1;            // likewise
  std::uint64_t seed = 1;                // it was trained with
  std::string version;                   // of the scanline that wrote it
};

/// A network, and what its file says of it.
struct LoadedModel {
  ModelDescription description;        // what the file says, or its tensors show
  std::unique_ptr<nn::Layer> network;  // with the weights of the file
};

/// The description as metadata of a safetensors file.
/// @throws Error for an option of the model that has the name of something else there.
std::map<std::string, std::string> to_metadata(const ModelDescription& description);

/// Writes the network's parameters and buffers, with the description and the CRC-32 of all of it as
/// metadata.
/// @throws Error when the file cannot be written; one that was there before is then intact.
void save_model(const std::filesystem::path& file, const nn::Layer& network,
                const ModelDescription& description);

/// Reads a model from a safetensors file or a run directory. Of a run that was interrupted, which
/// has no `model.safetensors`, it reads the weights that did best on validation or else those of
/// the last checkpoint, averaged where the run averages them, and a note on standard error says so.
/// The architecture is that of the metadata or, where a file has none, of the names and shapes of
/// its tensors: lstm., gru. or rnn., read both ways if names end in _reverse, and the head, fc.
/// A file with a `crc32` in its metadata, as `save_model` writes it, is checked against it.
/// @throws Error when there is none, the file is damaged, or its description or tensors do not fit;
///   tensors that are missing, unexpected or misshapen are listed.
LoadedModel load_model(const std::filesystem::path& path, const models::Registry& registry);

/// What a model file holds, read as `load_model` reads it, though perhaps of a model that is not
/// there to be made.
struct ModelContent {
  std::filesystem::path file;  // where it was read
  io::Safetensors content;     // tensors and metadata
};

/// Reads a file or a run directory as `load_model` does, without making the network.
/// @throws Error when there is none, or the file is damaged.
ModelContent read_model(const std::filesystem::path& path);
/// The network of which `read_model` read the weights. @throws Error when they do not fit.
LoadedModel load_model(const ModelContent& model, const models::Registry& registry);

/// Copies weights into a network, from a file or a run directory as `load_model` reads them.
/// @throws Error when they cannot be read or are damaged, or are not those of the network.
void load_weights(const std::filesystem::path& path, nn::Layer& network);

}  // namespace scanline::train
