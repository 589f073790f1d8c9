#include "scanline/train/initial_weights.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <optional>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/named_arrays.hpp"
#include "scanline/framework/core/printable.hpp"
#include "scanline/train/standard_streams.hpp"

namespace scanline::train {
namespace {

bool has_metadata(const ModelContent& model) { return model.content.metadata.count("model") > 0; }

/// Nothing for a file without metadata whose tensors do not tell the model.
std::optional<ModelDescription> find_description(const ModelContent& model,
                                                 const models::Registry& registry) {
  try {
    return describe_model(model, registry);
  } catch (const Error&) {
    if (has_metadata(model)) throw;
    return {};
  }
}

/// The parameters that belong to a network for another number of classes: all that are misshapen,
/// if these differ only in their first extent, and this is the number of classes. `classes`
/// becomes that of `values`.
std::vector<std::string> find_head(const NamedArrays& values, const nn::Module& network,
                                   Index own_classes, Index& classes) {
  std::vector<std::string> head;
  for (const nn::NamedTensor& parameter : network.named_parameters()) {
    const auto found = values.find(parameter.name);
    if (found == values.end()) return {};
    const Shape &theirs = found->second.shape(), &ours = parameter.tensor.shape();
    if (theirs == ours) continue;
    const bool is_head = ours.rank() > 0 && theirs.rank() == ours.rank() &&
                         theirs.with(0, ours[0]) == ours && ours[0] == own_classes &&
                         (head.empty() || theirs[0] == classes);
    if (!is_head) return {};
    classes = theirs[0];
    head.push_back(parameter.name);
  }
  return head;
}

/// What a network was made for.
std::string subject(const ModelDescription& description) {
  return fmt::format("weights of a {} for images of {}x{} pixels", description.model,
                     description.task.rows, description.task.columns);
}

std::string class_list(const std::vector<std::string>& names) {
  return printable(fmt::format("{}", fmt::join(names, ", ")), longest_quote);
}

}  // namespace

Settings initial_model(const std::filesystem::path& path, const models::Registry& registry) {
  const ModelContent model = read_model(path);
  const std::optional<ModelDescription> description = find_description(model, registry);
  if (!description) return {};
  Settings result = description->options;
  result["model"] = description->model;
  return result;
}

std::vector<std::string> load_initial_weights(const std::filesystem::path& path, nn::Layer& network,
                                              const ModelDescription& description,
                                              const models::Registry& registry) {
  const ModelContent model = read_model(path, say);
  const std::string file = model.file.string();
  NamedArrays values = model.content.tensors;
  Index classes = 0;
  const std::vector<std::string> head =
      find_head(values, network, description.task.classes, classes);
  const NamedArrays own = network.state_dict();
  for (const std::string& name : head) values[name] = own.at(name).copy();
  const std::optional<ModelDescription> source = find_description(model, registry);
  try {
    network.load_state_dict(values);
  } catch (const Error& error) {
    const std::string expected = subject(description), found = source ? subject(*source) : "";
    const std::string what =
        source && found != expected ? fmt::format("expected {}, found {}; ", expected, found) : "";
    constexpr std::size_t longest_message = 2000;
    throw Error(fmt::format("{}: {}{}", file, what, printable(error.what(), longest_message)));
  }
  if (!head.empty())
    return {
        fmt::format("note: {}: the head ({}) starts from random weights: the file has "
                    "{} classes, the dataset {}",
                    file, fmt::join(head, ", "), classes, description.task.classes)};
  if (source && has_metadata(model) && source->class_names != description.class_names)
    return {
        fmt::format("note: {}: the names of the classes differ: {} in the file, {} in "
                    "the dataset",
                    file, class_list(source->class_names), class_list(description.class_names))};
  return {};
}

}  // namespace scanline::train
