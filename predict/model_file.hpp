#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "scanline/datasets/dataset.hpp"
#include "scanline/datasets/preparation.hpp"
#include "scanline/framework/io/safetensors.hpp"
#include "scanline/framework/nn/module.hpp"
#include "scanline/models/registry.hpp"

namespace scanline {

/// The description of a model in its file, which is sufficient to build the network and to prepare
/// images for it. It is the same for two runs with the same options. PyTorch code writes files
/// without this description. `model`, `task` and `options` of such a file are inferred from its
/// tensors, class names are numbers, pictures are prepared as digits, the normalization is not
/// known, and the other members have the default values.
struct ModelDescription {
  std::string model;                     // the name in the registry of models
  models::ImageTask task;                // sizes of images, and number of classes
  Settings options;                      // of the model, by name
  std::vector<std::string> class_names;  // one for each class
  std::string dataset;                   // name of the training dataset
  Settings dataset_options = {};         // of this dataset, which say how its files are read
  /// How pictures were prepared for the training, and are to be prepared for predictions.
  datasets::PreparationKind preparation = datasets::PreparationKind::none;
  double mean = 0,             // of the training pixels, scaled to [0, 1]
      standard_deviation = 1;  // of the same pixels
  /// Whether the file says what `mean` and `standard_deviation` are.
  bool knows_normalization = true;
  std::uint64_t seed = 1;  // random seed of the training
  std::string version;     // version of scanline that wrote the file
};

/// A network and its description.
struct LoadedModel {
  ModelDescription description;  // from the metadata of the file, or inferred from its tensors
  std::unique_ptr<nn::Layer> network;  // with the weights of the file
};

/// Is told what a user may want to know of a file that was read, as a line of text: "note: ...".
using OnNote = std::function<void(const std::string& note)>;

/// The description as metadata of a safetensors file.
/// @throws Error for an option of the model that has the name of something else there.
std::map<std::string, std::string> to_metadata(const ModelDescription& description);

/// Writes the network's parameters and buffers. The metadata are the description and the CRC-32 of
/// the content.
/// @throws Error when the file cannot be written. A former file of that name is then intact.
void save_model(const std::filesystem::path& file, const nn::Layer& network,
                const ModelDescription& description);

/// Reads a model from a safetensors file, an ONNX file (NAME.onnx, as `exporting::read_onnx` reads
/// it) or a run directory. A run that was interrupted has no
/// `model.safetensors`. Its best weights on validation are read then, or else those of the last
/// checkpoint (averaged, if the run averages weights), and `on_note` is told so. The architecture
/// comes from the metadata. If a file has none, it is inferred from the names and shapes of the
/// tensors: lstm., gru. or rnn., bidirectional if names end in _reverse, and the head, fc. If the
/// metadata have a `crc32`, as `save_model` writes it, the content is checked against it.
/// @throws Error when there is no such file, it is damaged, or its description or tensors do not
/// fit.
///   The message lists tensors that are missing, unexpected or misshapen.
LoadedModel load_model(const std::filesystem::path& path, const models::Registry& registry,
                       const OnNote& on_note = {});

/// The content of a model file. The registry need not have the model.
struct ModelContent {
  std::filesystem::path file;  // the file that was read
  io::Safetensors content;     // tensors and metadata
};

/// The files that may hold the model of a run directory, in the order in which `read_model` looks
/// for them: the tested weights, the best ones on validation, and the checkpoints. The path itself
/// where it is not a directory.
std::vector<std::filesystem::path> model_files(const std::filesystem::path& path);
/// Reads a file or a run directory as `load_model` does, without making the network.
/// @throws Error when there is none, or the file is damaged.
ModelContent read_model(const std::filesystem::path& path, const OnNote& on_note = {});
/// The description in the metadata of a file or, if it has none, the one that its tensors tell.
/// @throws Error for a description that is wrong or cannot be found.
ModelDescription describe_model(const ModelContent& model, const models::Registry& registry);
/// Makes the network of a model file that `read_model` has read. @throws Error when the content
/// does not fit.
LoadedModel load_model(const ModelContent& model, const models::Registry& registry);

/// The normalization that a model was trained with, or `otherwise` if its file does not contain it.
datasets::Normalization normalization_of(const ModelDescription& description,
                                         const datasets::Normalization& otherwise);

}  // namespace scanline
