#include "scanline/export/c_model.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include "scanline/export/detail/c_code.hpp"
#include "scanline/export/detail/c_text.hpp"
#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/printable.hpp"

namespace scanline::exporting {
namespace {

/// The C code of a network, without what all networks have in common.
struct Network {
  std::string constants;  // definitions of weights
  std::string code;       // the function NAME_logits, and what it calls
  std::string workspace;  // members of the workspace
  std::map<std::string, std::string> values;
};

/// Takes the tensors of a classifier one by one, and writes them as C.
class Tensors {
 public:
  Tensors(const Classifier& classifier, bool int8) : classifier_(classifier), int8_(int8) {
    for (const auto& [name, array] : classifier.tensors) left_.insert(name);
  }

  bool has(const std::string& name) const { return classifier_.tensors.count(name) > 0; }

  const Array& take(const std::string& name, Index rank) {
    const auto found = classifier_.tensors.find(name);
    if (found == classifier_.tensors.end() || found->second.rank() != rank)
      fail(fmt::format(
          "expected a tensor {} with {} axes, found {}", name, rank,
          found == classifier_.tensors.end() ? "none" : to_string(found->second.shape())));
    for (Index i = 0; i < found->second.size(); ++i)
      if (const double value = found->second.at(i); !std::isfinite(value))
        fail(fmt::format("expected finite numbers in {}, found {}", name, value));
    left_.erase(name);
    return found->second;
  }

  /// Writes a matrix with its bias, and returns the initializer of the struct `matrix`.
  std::string matrix(const std::string& weight, const std::string& bias, const std::string& as) {
    const Array& weights = take(weight, 2);
    const Index rows = weights.shape()[0];
    const Array biases = has(bias) ? take(bias, 1) : Array::zeros({rows}, DType::float32);
    constants += int8_ ? c_integers(as, weights) : c_floats(as, weights);
    constants += c_floats(as + "_bias", biases);
    return fmt::format("{{{}, {}{}_bias}}", as, int8_ ? as + "_scale, " : "", as);
  }

  /// @throws Error if a tensor is left.
  void check_all_taken() const {
    if (!left_.empty())
      fail("expected a recurrent or fully connected classifier, found the tensor " +
           printable(*left_.begin(), longest_quote));
  }

  std::string constants;

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw Error(fmt::format("{} cannot be written as C: {}", classifier_.model, what));
  }

  const Classifier& classifier_;
  bool int8_;
  std::set<std::string> left_;
};

std::string joined(const std::vector<std::string>& items) {
  return fmt::format("{}", fmt::join(items, ",\n  "));
}

Network recurrent(const Classifier& classifier, Tensors& tensors, const std::string& kind) {
  const bool both = tensors.has(kind + ".weight_ih_l0_reverse");
  const Index hidden = classifier.tensors.at(kind + ".weight_hh_l0").shape()[1];
  std::vector<std::string> inputs, states;
  Index layers = 0;
  for (; tensors.has(fmt::format("{}.weight_ih_l{}", kind, layers)); ++layers)
    for (const char* direction : {"", "_reverse"}) {
      if (*direction != '\0' && !both) continue;
      const std::string suffix = fmt::format("_l{}{}", layers, direction);
      const auto matrix = [&](const std::string& what) {
        return tensors.matrix(fmt::format("{}.weight_{}{}", kind, what, suffix),
                              fmt::format("{}.bias_{}{}", kind, what, suffix), what + suffix);
      };
      inputs.push_back(matrix("ih"));
      states.push_back(matrix("hh"));
    }
  const Index directions = both ? 2 : 1;
  const std::string head = tensors.matrix("fc.weight", "fc.bias", "fc");
  const Index width = std::max(classifier.task.columns, directions * hidden);
  Network network;
  network.constants = fmt::format(
      "static const matrix input_weights[] = {{\n  {}}};\n"
      "static const matrix hidden_weights[] = {{\n  {}}};\nstatic const matrix head = {};\n",
      joined(inputs), joined(states), head);
  network.code = recurrent_code;
  network.workspace = fmt::format(
      "  float sequences[2][{}];\n  float last[{}];\n  float cell[{}];\n  float zeros[{}];\n",
      classifier.task.rows * width, directions * hidden, hidden, hidden);
  network.values = {{"CELL", kind == "lstm"  ? lstm_cell
                             : kind == "gru" ? gru_cell
                                             : rnn_cell},
                    {"SIGMOID", kind == "rnn" ? "" : sigmoid_code},
                    {"HIDDEN", fmt::to_string(hidden)},
                    {"LAYERS", fmt::to_string(layers)},
                    {"DIRECTIONS", fmt::to_string(directions)}};
  return network;
}

Network mlp(const Classifier& classifier, Tensors& tensors) {
  std::vector<std::string> matrices,
      sizes{fmt::to_string(classifier.task.rows * classifier.task.columns)};
  Index widest = classifier.task.rows * classifier.task.columns;
  for (const auto& [name, array] : classifier.tensors)
    if (name.starts_with("layers.") && name.ends_with(".weight")) matrices.push_back(name);
  // By number: layers.10 comes after layers.9.
  std::sort(matrices.begin(), matrices.end(), [](const auto& a, const auto& b) {
    return std::make_pair(a.size(), a) < std::make_pair(b.size(), b);
  });
  for (std::size_t i = 0; i < matrices.size(); ++i) {
    const std::string weight = matrices[i];
    const Index rows = classifier.tensors.at(weight).shape()[0];
    widest = std::max(widest, rows);
    sizes.push_back(fmt::to_string(rows));
    const std::string stem = weight.substr(0, weight.size() - std::string("weight").size());
    matrices[i] = tensors.matrix(weight, stem + "bias", fmt::format("layer_{}", i));
  }
  Network network;
  network.constants = fmt::format(
      "static const matrix layers[] = {{\n  {}}};\nstatic const int sizes[] = {{{}}};\n",
      joined(matrices), fmt::join(sizes, ", "));
  network.code = mlp_code;
  network.workspace = fmt::format("  float features[2][{}];\n", widest);
  network.values = {{"LAYERS", fmt::to_string(matrices.size())}};
  return network;
}

Network describe(const Classifier& classifier, Tensors& tensors) {
  for (const char* kind : {"lstm", "gru", "rnn"})
    if (tensors.has(fmt::format("{}.weight_ih_l0", kind)) &&
        tensors.has(fmt::format("{}.weight_hh_l0", kind)))
      return recurrent(classifier, tensors, kind);
  if (tensors.has("layers.0.weight")) return mlp(classifier, tensors);
  return {};
}

void check_name(const std::string& name) {
  const auto fits = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; };
  if (name.empty() || std::isdigit(static_cast<unsigned char>(name.front())) ||
      !std::all_of(name.begin(), name.end(), fits))
    throw Error(
        fmt::format("expected a file name that is an identifier in C, such as digits.c, "
                    "found {}",
                    printable(name, longest_quote)));
}

std::string upper_case(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

}  // namespace

CFiles to_c(const Classifier& classifier, const COptions& options) {
  check_name(options.name);
  Tensors tensors(classifier, options.int8);
  const Network network = describe(classifier, tensors);
  tensors.check_all_taken();
  std::vector<std::string> names;
  for (const std::string& name : classifier.class_names) names.push_back(c_string(name));
  std::map<std::string, std::string> values = network.values;
  values.merge(std::map<std::string, std::string>{
      {"TITLE", fmt::format("{}: a classifier of images in {} classes.", options.name,
                            classifier.task.classes)},
      {"NAME", options.name},
      {"GUARD", upper_case(options.name)},
      {"ROWS", fmt::to_string(classifier.task.rows)},
      {"COLUMNS", fmt::to_string(classifier.task.columns)},
      {"CLASSES", fmt::to_string(classifier.task.classes)},
      {"CLASS_NAMES", "\n  " + joined(names)},
      {"WORKSPACE", network.workspace},
      {"INCLUDES", fmt::format("#include \"{}.h\"\n\n#include <math.h>{}", options.name,
                               options.with_main ? "\n#include <stdio.h>" : "")},
      {"MEAN", fmt::format("{:.8e}f", classifier.mean)},
      {"DEVIATION", fmt::format("{:.8e}f", classifier.standard_deviation)},
      {"WEIGHT", options.int8 ? "signed char" : "float"},
      {"SCALE_MEMBER", options.int8 ? "  const float* scales; /* of the rows */\n" : ""},
      {"TIMES_SCALE", options.int8 ? " * m->scales[row]" : ""},
  });
  return {
      substitute(header_code, values),
      substitute(begin_code, values) + tensors.constants + network.constants +
          substitute(product_code + network.code + end_code + (options.with_main ? main_code : ""),
                     values)};
}

}  // namespace scanline::exporting
