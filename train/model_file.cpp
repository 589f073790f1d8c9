#include "train/model_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "framework/core/error.hpp"
#include "framework/io/safetensors.hpp"

namespace scanline::train {
namespace {

/// The metadata of a model file, read back with one clear error for whatever is wrong in it.
class MetadataReader {
 public:
  MetadataReader(const std::filesystem::path& file,
                 const std::map<std::string, std::string>& values)
      : file_(file), values_(values) {}

  const std::string& text(const std::string& key) const {
    const auto found = values_.find(key);
    if (found == values_.end()) fail(key, "it to be there", "nothing");
    return found->second;
  }

  template <class Number>
  Number number(const std::string& key, Number low, Number high) const {
    const std::string& value = text(key);
    Number result{};
    const char* end = value.data() + value.size();
    const auto [parsed, error] = std::from_chars(value.data(), end, result);
    if (error != std::errc() || parsed != end || !(result >= low && result <= high))
      fail(key, fmt::format("a number from {} to {}", low, high), fmt::format("'{}'", value));
    return result;
  }

  std::vector<std::string> texts(const std::string& key) const {
    const auto list = nlohmann::json::parse(text(key), nullptr, /*allow_exceptions=*/false);
    const auto is_text = [](const auto& item) { return item.is_string(); };
    if (!list.is_array() || list.empty() || !std::all_of(list.begin(), list.end(), is_text))
      fail(key, "a JSON list of names", fmt::format("'{}'", text(key)));
    return list.get<std::vector<std::string>>();
  }

 private:
  [[noreturn]] void fail(const std::string& key, const std::string& expected,
                         const std::string& found) const {
    throw Error(fmt::format("{}: metadata '{}': expected {}, found {}", file_.string(), key,
                            expected, found));
  }

  const std::filesystem::path& file_;
  const std::map<std::string, std::string>& values_;
};

std::map<std::string, std::string> to_metadata(const ModelDescription& description) {
  return {
      {"model", description.model},
      {"rows", fmt::to_string(description.options.rows)},
      {"columns", fmt::to_string(description.options.columns)},
      {"hidden_size", fmt::to_string(description.options.hidden_size)},
      {"layers", fmt::to_string(description.options.layers)},
      {"dropout", fmt::to_string(description.options.dropout)},
      {"dataset", description.dataset},
      {"class_names", nlohmann::json(description.class_names).dump()},
      {"mean", fmt::to_string(description.mean)},
      {"standard_deviation", fmt::to_string(description.standard_deviation)},
      {"seed", fmt::to_string(description.seed)},
      {"version", description.version},
  };
}

ModelDescription to_description(const std::filesystem::path& file, const io::Safetensors& content) {
  const MetadataReader metadata(file, content.metadata);
  // The bounds keep a damaged description from asking for more memory than any model needs.
  constexpr Index longest_side = 4096, widest_layer = 8192, most_layers = 100;
  ModelDescription result;
  result.model = metadata.text("model");
  result.options.rows = metadata.number<Index>("rows", 1, longest_side);
  result.options.columns = metadata.number<Index>("columns", 1, longest_side);
  result.options.hidden_size = metadata.number<Index>("hidden_size", 1, widest_layer);
  result.options.layers = metadata.number<Index>("layers", 1, most_layers);
  result.options.dropout = metadata.number<double>("dropout", 0, 0.99);
  result.dataset = metadata.text("dataset");
  result.class_names = metadata.texts("class_names");
  result.options.classes = static_cast<Index>(result.class_names.size());
  result.mean = metadata.number<double>("mean", -1e6, 1e6);
  result.standard_deviation = metadata.number<double>("standard_deviation", 1e-6, 1e6);
  result.seed = metadata.number<std::uint64_t>("seed", 0, UINT64_MAX);
  result.version = metadata.text("version");
  return result;
}

void load_tensors(const std::filesystem::path& file, const io::Safetensors& content,
                  nn::Layer& network) {
  try {
    network.load_state_dict(content.tensors);
  } catch (const Error& error) {
    throw Error(fmt::format("{}: {}", file.string(), error.what()));
  }
}

}  // namespace

void save_model(const std::filesystem::path& file, const nn::Layer& network,
                const ModelDescription& description) {
  io::write_safetensors(file, {network.state_dict(), to_metadata(description)});
}

LoadedModel load_model(const std::filesystem::path& path, const models::Table& table) {
  const std::filesystem::path file =
      std::filesystem::is_directory(path) ? path / "model.safetensors" : path;
  const io::Safetensors content = io::read_safetensors(file);
  LoadedModel result{to_description(file, content), nullptr};
  try {
    result.network = models::find(table, result.description.model).make(result.description.options);
  } catch (const Error& error) {
    throw Error(fmt::format("{}: {}", file.string(), error.what()));
  }
  load_tensors(file, content, *result.network);
  return result;
}

void load_weights(const std::filesystem::path& file, nn::Layer& network) {
  load_tensors(file, io::read_safetensors(file), network);
}

}  // namespace scanline::train
