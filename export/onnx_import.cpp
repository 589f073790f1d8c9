#include "scanline/export/onnx_import.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "scanline/export/detail/onnx_reader.hpp"
#include "scanline/framework/autograd/grad_mode.hpp"
#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/input_file.hpp"
#include "scanline/framework/core/parse_number.hpp"
#include "scanline/framework/core/printable.hpp"
#include "scanline/framework/ops/movement.hpp"

namespace scanline::exporting {
namespace {

constexpr Index longest_side = 4096;

/// More elements in all values than a classifier of images has, 128 MB.
constexpr Index most_elements = Index{1} << 24;

/// The metadata that scanline's own files have besides what the graph tells.
constexpr const char* own_metadata[] = {"class_names", "dataset", "dataset_options",
                                        "prepare",     "seed",    "version"};

std::string class_numbers(Index classes) {
  std::string result;
  for (Index c = 0; c < classes; ++c) result += fmt::format("{}\"{}\"", c == 0 ? "" : ",", c);
  return "[" + result + "]";
}

}  // namespace

OnnxReader::OnnxReader(const OnnxFile& file) : file_(file) {
  if (file.inputs.size() != 1)
    throw Error(fmt::format("expected one input, found {}", file.inputs.size()));
  read_input(file.inputs.front());
}

void OnnxReader::read_input(const OnnxInput& input) {
  std::vector<Index> extents = input.extents;
  const auto find = [&](Index extent) {
    return std::find(extents.begin(), extents.end(), extent) - extents.begin();
  };
  const auto rank = static_cast<Index>(extents.size());
  // The batch's extent is not fixed, or that of an example: 1 in most cases.
  Index batch = find(-1);
  if (batch == rank) batch = find(1);
  if (batch == rank) batch = 0;
  std::vector<Index> sides, order;  // of rows, batch and columns, in the order of the input
  for (Index axis = 0; axis < rank; ++axis) {
    const Index extent = extents[static_cast<std::size_t>(axis)];
    if (axis == batch) {
      order.push_back(1);
    } else if (rank < 4 || extent != 1) {  // an axis of one channel is left out
      order.push_back(sides.empty() ? 0 : 2);
      sides.push_back(extent);
    }
  }
  const auto fits = [](Index side) { return side >= 1 && side <= longest_side; };
  if (rank < 3 || rank > 4 || sides.size() != 2 || !fits(sides[0]) || !fits(sides[1]))
    throw Error(fmt::format(
        "expected an input (batch, rows, columns) of up to {} rows and columns, found {}",
        longest_side, rank == 3 || rank == 4 ? "other extents" : "other axes"));
  rows_ = sides[0];
  columns_ = sides[1];
  Index& images = extents[static_cast<std::size_t>(batch)];
  // Two images show whether a node mixes them up.
  batch_ = images = images < 1 ? 2 : images;
  spend(batch_);
  spend(Shape{rows_, batch_, columns_});
  image_ = numbered(0, {rows_, batch_, columns_});
  values_[input.name].elements = scanline::reshape(permute(image_, order), extents);
}

void OnnxReader::spend(Index elements) {
  if (elements < 0 || elements > most_elements - spent_)
    throw Error(fmt::format("expected at most {} elements in all values", most_elements));
  spent_ += elements;
}

void OnnxReader::spend(const Shape& shape) {
  Shape room;
  for (const Index extent : shape) room.push_back(std::max<Index>(extent, 1));
  spend(room.element_count());
}

void OnnxReader::follow(const OnnxNode& node) {
  try {
    const auto found = table().find(node.type);
    if (found == table().end() || !(node.domain.empty() || node.domain == "ai.onnx"))
      throw Error("expected a node of a classifier with LSTM, GRU or RNN layers and a linear head");
    spend(1);
    (this->*found->second)(node);
  } catch (const Error& error) {
    throw Error(fmt::format("the node '{}' ({}): {}", printable(node.name, longest_quote),
                            printable(node.type, longest_quote), error.what()));
  }
}

ImportedModel OnnxReader::read() {
  const NoGrad no_grad;
  for (const std::string_view message : file_.nodes) follow(OnnxNode(message));
  if (classes_ == 0) throw Error("expected a linear head, found none");
  check_output();
  model_.metadata = description();
  return std::move(model_);
}

void OnnxReader::check_output() {
  for (const std::string& name : file_.outputs)
    if (const auto found = values_.find(name); found != values_.end() && is_output(found->second))
      return;
  throw Error("expected logits or probabilities as an output of the graph, found others");
}

std::map<std::string, std::string> OnnxReader::description() const {
  std::map<std::string, std::string> result{
      {"model", (directions_ == 2 ? "bi" : "") + kind_},
      {"rows", fmt::to_string(rows_)},
      {"columns", fmt::to_string(columns_)},
      {"hidden_size", fmt::to_string(hidden_)},
      {"layers", fmt::to_string(layers_)},
      {"dropout", "0"},
      {"mean", fmt::to_string(mean_)},
      {"standard_deviation", fmt::to_string(deviation_)},
      {"class_names", class_numbers(classes_)},
      {"dataset", ""},
      {"prepare", "digit"},
      {"seed", "1"},
      {"version", ""},
  };
  if (file_.metadata.count("model") == 0) return result;
  for (const auto& [key, value] : file_.metadata)
    if (std::find(std::begin(own_metadata), std::end(own_metadata), key) != std::end(own_metadata))
      result[key] = value;
  // The graph has these numbers rounded to floats.
  for (const auto& [key, rounded] : {std::pair{"mean", mean_}, {"standard_deviation", deviation_}})
    if (const auto found = file_.metadata.find(key); found != file_.metadata.end())
      if (const auto exact = parse_number<double>(found->second);
          exact && static_cast<float>(*exact) == static_cast<float>(rounded))
        result[key] = found->second;
  return result;
}

ImportedModel read_onnx(const std::filesystem::path& file) {
  const std::string content = InputFile(file, "an ONNX file").read_to_end();
  try {
    const OnnxFile model(content);
    return OnnxReader(model).read();
  } catch (const Error& error) {
    throw Error(fmt::format("{}: {}", file.string(), error.what()));
  }
}

}  // namespace scanline::exporting
