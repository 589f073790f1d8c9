#include "scanline/predict/model_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include "scanline/datasets/dataset.hpp"
#include "scanline/export/onnx_import.hpp"
#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/input_file.hpp"
#include "scanline/framework/core/parse_number.hpp"
#include "scanline/framework/core/printable.hpp"
#include "scanline/framework/core/storage.hpp"
#include "scanline/framework/io/checkpoint.hpp"

namespace scanline {
namespace {

/// What an option is called in the metadata: "hidden_size".
std::string key_of(std::string option) {
  std::replace(option.begin(), option.end(), '-', '_');
  return option;
}

/// The metadata of a model file, read back with one clear error for whatever is wrong in it.
class MetadataReader {
 public:
  MetadataReader(const std::filesystem::path& file,
                 const std::map<std::string, std::string>& values)
      : file_(file), values_(values) {}

  /// Whether the file has a value for an option.
  bool holds(const Field& field) const { return values_.count(key_of(field.name)) > 0; }

  const std::string& text(const std::string& key) const {
    const auto found = values_.find(key);
    if (found == values_.end()) fail(key, "it to be there", "nothing");
    return found->second;
  }

  template <class Number>
  Number number(const std::string& key, Number low, Number high) const {
    const std::string& value = text(key);
    const std::optional<Number> result = parse_number<Number>(value);
    if (!result || !(*result >= low && *result <= high))
      fail(key, fmt::format("a number from {} to {}", low, high), quoted(value));
    return *result;
  }

  /// Sets an option.
  void read(const Field& field) const {
    const std::string& value = text(key_of(field.name));
    try {
      field.read(value);
    } catch (const Error& error) {
      fail(key_of(field.name), error.what());
    }
  }

  const models::Registry::Entry& model(const models::Registry& registry) const {
    try {
      return registry.find(text("model"));
    } catch (const Error& error) {
      throw Error(fmt::format("{}: {}; a model of another program is read by that program",
                              file_.string(), error.what()));
    }
  }

  /// How pictures are prepared. Files that do not say it were written when all pictures were
  /// prepared as digits, and only these datasets could be predicted.
  datasets::PreparationKind preparation() const {
    const std::string& dataset = text("dataset");
    if (values_.count("prepare") > 0) {
      try {
        return datasets::parse_preparation(text("prepare"));
      } catch (const Error& error) {
        fail("prepare", error.what());
      }
    }
    const bool is_digit = dataset == "mnist" || dataset == "fashion-mnist" || dataset == "folder";
    return is_digit ? datasets::PreparationKind::digit : datasets::PreparationKind::none;
  }

  /// Names and their values; none where the key is missing.
  Settings settings(const std::string& key) const {
    if (values_.count(key) == 0) return {};
    const auto object = nlohmann::json::parse(text(key), nullptr, /*allow_exceptions=*/false);
    const auto is_text = [](const auto& item) { return item.is_string(); };
    if (!object.is_object() || !std::all_of(object.begin(), object.end(), is_text))
      fail(key, "a JSON object of texts", quoted(text(key)));
    return object.get<Settings>();
  }

  std::vector<std::string> texts(const std::string& key) const {
    const auto list = nlohmann::json::parse(text(key), nullptr, /*allow_exceptions=*/false);
    const auto is_text = [](const auto& item) { return item.is_string(); };
    if (!list.is_array() || list.empty() || !std::all_of(list.begin(), list.end(), is_text))
      fail(key, "a JSON list of names", quoted(text(key)));
    return list.get<std::vector<std::string>>();
  }

 private:
  static std::string quoted(const std::string& value) {
    return fmt::format("'{}'", printable(value, longest_quote));
  }

  [[noreturn]] void fail(const std::string& key, const std::string& expected,
                         const std::string& found) const {
    fail(key, fmt::format("expected {}, found {}", expected, found));
  }
  [[noreturn]] void fail(const std::string& key, const std::string& what) const {
    throw Error(fmt::format("{}: metadata '{}': {}", file_.string(), key, what));
  }

  const std::filesystem::path& file_;
  const std::map<std::string, std::string>& values_;
};

}  // namespace

std::map<std::string, std::string> to_metadata(const ModelDescription& description) {
  std::map<std::string, std::string> metadata{
      {"model", description.model},
      {"rows", fmt::to_string(description.task.rows)},
      {"columns", fmt::to_string(description.task.columns)},
      {"dataset", description.dataset},
      {"dataset_options",
       nlohmann::json(description.dataset_options)
           .dump(-1, ' ', /*ensure_ascii=*/false, nlohmann::json::error_handler_t::replace)},
      {"prepare", to_string(description.preparation)},
      {"class_names", nlohmann::json(description.class_names).dump()},
      {"mean", fmt::to_string(description.mean)},
      {"standard_deviation", fmt::to_string(description.standard_deviation)},
      {"seed", fmt::to_string(description.seed)},
      {"version", description.version},
  };
  for (const auto& [name, value] : description.options)
    if (!metadata.emplace(key_of(name), value).second)
      throw Error(fmt::format("model {}: its option {} has a name that model files use already",
                              description.model, name));
  return metadata;
}

namespace {

/// The options of a model that the metadata name.
Settings read_options(const MetadataReader& metadata, const models::Registry::Entry& model) {
  Fields fields;
  const auto factory = model.choose();
  factory->declare(fields);
  for (const Field& field : fields)
    if (!field.is_optional || metadata.holds(field)) metadata.read(field);
  return fields.settings();
}

ModelDescription read_metadata(const std::filesystem::path& file, const io::Safetensors& content,
                               const models::Registry& registry) {
  const MetadataReader metadata(file, content.metadata);
  ModelDescription result;
  result.model = metadata.text("model");
  result.task.rows = metadata.number<Index>("rows", 1, datasets::longest_side);
  result.task.columns = metadata.number<Index>("columns", 1, datasets::longest_side);
  result.options = read_options(metadata, metadata.model(registry));
  result.dataset = metadata.text("dataset");
  result.dataset_options = metadata.settings("dataset_options");
  result.preparation = metadata.preparation();
  result.class_names = metadata.texts("class_names");
  result.task.classes = static_cast<Index>(result.class_names.size());
  result.mean = metadata.number<double>("mean", -1e6, 1e6);
  result.standard_deviation = metadata.number<double>("standard_deviation", 1e-6, 1e6);
  result.seed = metadata.number<std::uint64_t>("seed", 0, UINT64_MAX);
  result.version = metadata.text("version");
  return result;
}

/// The number behind `prefix`, where the name is just that.
std::optional<Index> number_behind(const std::string& name, const std::string& prefix) {
  if (!name.starts_with(prefix)) return {};
  return parse_number<Index>(std::string_view(name).substr(prefix.size()));
}

/// Finds the architecture in the names and shapes of the tensors. Only what has to be known to
/// build a network is looked at; whether all tensors fit it is found out when they are loaded.
ModelDescription describe_tensors(const std::filesystem::path& file,
                                  const io::Safetensors& content) {
  const auto fail = [&](const std::string& expected, const std::string& found) {
    throw Error(fmt::format("{}: without metadata that describe the model, expected {}, found {}",
                            file.string(), expected, found));
  };
  const auto matrix = [&](const std::string& name) {
    const auto found = content.tensors.find(name);
    if (found == content.tensors.end()) fail("a tensor " + name, "none");
    const Shape shape = found->second.shape();
    if (shape.rank() != 2) fail(name + " to be a matrix", to_string(shape));
    return shape;
  };
  const auto within = [&](const std::string& what, Index value, Index most) {
    if (value < 1 || value > most)
      fail(fmt::format("{} from 1 to {}", what, most), fmt::to_string(value));
    return value;
  };

  ModelDescription result;
  std::string kind;
  for (const char* known : {"lstm", "gru", "rnn"})
    if (content.tensors.count(fmt::format("{}.weight_ih_l0", known)) > 0) kind = known;
  if (kind.empty())
    fail("a tensor lstm.weight_ih_l0, gru.weight_ih_l0 or rnn.weight_ih_l0", "none of them");
  const Index gates = kind == "lstm" ? 4 : kind == "gru" ? 3 : 1;

  const std::string prefix = kind + ".weight_ih_l";
  const Shape weight_ih = matrix(prefix + "0"), head = matrix("fc.weight");
  bool bidirectional = false;
  Index last_layer = 0;
  for (const auto& [name, array] : content.tensors) {
    bidirectional = bidirectional || name.ends_with("_reverse");
    last_layer = std::max(last_layer, number_behind(name, prefix).value_or(0));
  }
  result.model = (bidirectional ? "bi" : "") + kind;
  // The rows are time steps, of which the weights do not tell: images are taken to be square.
  result.task.columns = within("columns", weight_ih[1], datasets::longest_side);
  result.task.rows = result.task.columns;
  result.task.classes = within("classes", head[0], Index{datasets::most_classes});
  result.options = {{"hidden-size", fmt::to_string(weight_ih[0] / gates)},
                    {"layers", fmt::to_string(last_layer + 1)}};
  for (Index c = 0; c < result.task.classes; ++c) result.class_names.push_back(fmt::to_string(c));
  result.preparation = datasets::PreparationKind::digit;
  result.knows_normalization = false;
  return result;
}

/// The longest list of tensors that do not fit, in bytes.
constexpr std::size_t longest_list = 2000;

/// Where the metadata of a checkpoint describe its model.
constexpr const char* checkpoint_description = "description";

/// The weights of a checkpoint that would be tested if the run ended there, as a model file.
io::Safetensors to_model(const std::filesystem::path& file, const io::Safetensors& checkpoint) {
  constexpr std::string_view prefix = "model.";
  io::Safetensors model;
  for (const auto& [name, array] : checkpoint.tensors) {
    if (!name.starts_with(prefix)) continue;
    const std::string own = name.substr(prefix.size());
    const auto average = checkpoint.tensors.find("ema." + own);
    model.tensors.emplace(own, average == checkpoint.tensors.end() ? array : average->second);
  }
  const auto description = checkpoint.metadata.find(checkpoint_description);
  if (description == checkpoint.metadata.end())
    throw Error(
        fmt::format("{}: expected the description of its model, found none", file.string()));
  model.metadata =
      nlohmann::json::parse(description->second).get<std::map<std::string, std::string>>();
  return model;
}

void load_tensors(const std::filesystem::path& file, const io::Safetensors& content,
                  nn::Layer& network) {
  try {
    network.load_state_dict(content.tensors);
  } catch (const Error& error) {
    throw Error(fmt::format("{}: {}", file.string(), printable(error.what(), longest_list)));
  }
}

/// A safetensors file begins with the length of its header in 8 bytes, the highest of which is 0,
/// and with the bracket of the header.
bool begins_as_safetensors(InputFile& file) {
  std::array<std::byte, 9> start{};
  return file.read(start) == start.size() && start[7] == std::byte{0} && start[8] == std::byte{'{'};
}

/// The content of a safetensors file or of an ONNX file that a user has named.
io::Safetensors read_file(const std::filesystem::path& path) {
  constexpr const char* expected = "a run directory, or a .safetensors or .onnx file";
  InputFile file(path, expected);
  if (path.extension() == ".onnx") {
    exporting::ImportedModel model = exporting::read_onnx(path);
    return {std::move(model.tensors), std::move(model.metadata)};
  }
  if (path.extension() != ".safetensors" && !begins_as_safetensors(file))
    file.fail(expected, "another kind of file");
  io::Safetensors content = io::read_verified(path);
  if (content.metadata.contains(checkpoint_description))
    file.fail(expected, "a checkpoint; name its run directory instead");
  return content;
}

}  // namespace

std::vector<std::filesystem::path> model_files(const std::filesystem::path& path) {
  std::error_code error;  // what cannot be looked up cannot be opened either, which is said then
  if (!std::filesystem::is_directory(path, error)) return {path};
  return {path / "model.safetensors", path / "best.safetensors", path / "last.checkpoint",
          path / "previous.checkpoint"};
}

ModelContent read_model(const std::filesystem::path& path, const OnNote& on_note) {
  const std::vector<std::filesystem::path> files = model_files(path);
  const std::filesystem::path& tested = files.front();
  std::error_code error;
  if (files.size() == 1 || std::filesystem::exists(tested, error))
    return {tested, read_file(tested)};
  bool has_damaged = false;
  const auto note = [&](const std::string& text) {
    if (on_note) on_note("note: " + text);
  };
  const auto note_use = [&](const std::string& what) {
    note(fmt::format("{}: the run was interrupted, so {} are used", path.string(), what));
  };
  for (const std::filesystem::path& file : files) {
    if (!std::filesystem::exists(file, error)) continue;
    if (file.extension() != ".checkpoint") {
      note_use("the weights that did best on validation");
      return {file, io::read_verified(file)};
    }
    try {
      io::Safetensors content = to_model(file, io::read_checkpoint(file));
      note_use(fmt::format("the weights in {}", file.filename().string()));
      return {file, std::move(content)};
    } catch (const Error& error) {
      note(error.what());
      has_damaged = true;
    }
  }
  throw Error(fmt::format("{}: expected a run directory with a model, found {}", path.string(),
                          has_damaged ? "damaged checkpoints only" : "none"));
}

void save_model(const std::filesystem::path& file, const nn::Layer& network,
                const ModelDescription& description) {
  io::write_checkpoint(file, {network.state_dict(), to_metadata(description)});
}

LoadedModel load_model(const std::filesystem::path& path, const models::Registry& registry,
                       const OnNote& on_note) {
  return load_model(read_model(path, on_note), registry);
}

ModelDescription describe_model(const ModelContent& model, const models::Registry& registry) {
  const auto& [file, content] = model;
  return content.metadata.count("model") > 0 ? read_metadata(file, content, registry)
                                             : describe_tensors(file, content);
}

LoadedModel load_model(const ModelContent& model, const models::Registry& registry) {
  const auto& [file, content] = model;
  LoadedModel result{describe_model(model, registry), nullptr};
  try {
    // A file of a few bytes can describe a network of any size, which is found out when its tensors
    // are compared with those in the file.
    const LazyStorage lazy;
    result.network = registry.choose(result.description.model, result.description.options)
                         ->make(result.description.task);
  } catch (const Error& error) {
    throw Error(fmt::format("{}: {}", file.string(), error.what()));
  }
  load_tensors(file, content, *result.network);
  return result;
}

datasets::Normalization normalization_of(const ModelDescription& description,
                                         const datasets::Normalization& otherwise) {
  if (!description.knows_normalization) return otherwise;
  return {description.mean, description.standard_deviation};
}

}  // namespace scanline
