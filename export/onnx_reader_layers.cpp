#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "scanline/export/detail/onnx_gates.hpp"
#include "scanline/export/detail/onnx_reader.hpp"
#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/printable.hpp"
#include "scanline/framework/ops/create.hpp"
#include "scanline/framework/ops/movement.hpp"

// The nodes that compute.

namespace scanline::exporting {
namespace {

// What elements are called. Pixels are numbered from 0, and there are fewer elements of each other
// kind than numbers between two kinds. Whole numbers up to 2^53 are exact.
constexpr double first_output = 0x1p32;      // of layer 0; those of layer k begin at k + 1 times it
constexpr double first_cell_state = 0x1p31;  // further on
constexpr double first_logit = 0x1p50;

bool are_equal(const Tensor& a, const Tensor& b) {
  const Array &x = a.value(), &y = b.value();
  return x.size() == y.size() &&
         std::equal(x.data<double>(), x.data<double>() + x.size(), y.data<double>());
}

bool are_pixels(const Tensor& x) {
  const auto is_pixel = [](double element) { return element < first_cell_state; };
  const double* const first = x.value().data<double>();
  return std::all_of(first, first + x.value().size(), is_pixel);
}

void expect_shape(const char* what, const Array& array, const Shape& expected) {
  if (array.shape() != expected)
    throw Error(fmt::format("expected {} {}, found {}", what, to_string(expected),
                            to_string(array.shape())));
}

/// Rows of one direction in ONNX's order of gates -> in ours.
Array in_our_order(const Array& onnx, std::span<const Index> gates) {
  const Array result(onnx.shape(), onnx.dtype());
  const Index bytes = onnx.bytes() / static_cast<Index>(gates.size());
  for (std::size_t i = 0; i < gates.size(); ++i)
    std::memcpy(result.raw() + gates[i] * bytes, onnx.raw() + static_cast<Index>(i) * bytes,
                static_cast<std::size_t>(bytes));
  return result;
}

CellKind kind_of(const std::string& name) {
  return name == "lstm" ? CellKind::lstm : name == "gru" ? CellKind::gru : CellKind::rnn_tanh;
}

}  // namespace

Tensor numbered(double first, const Shape& shape) {
  const Array result(shape, DType::float64);
  for (Index i = 0; i < result.size(); ++i)
    result.data<double>()[i] = first + static_cast<double>(i);
  return Tensor(result);
}

Array OnnxReader::weights(const OnnxNode& node, std::size_t i) {
  // The first copy takes as much memory as the file or as a value that has been counted.
  const auto count_copy = [&](const void* source, const Shape& shape) {
    if (!copied_.insert(source).second) spend(shape);
  };
  if (has_input(node, i)) {
    const auto constant = file_.constants.find(node.inputs[i]);
    if (constant != file_.constants.end()) {
      count_copy(&constant->second, constant->second.shape);
      return constant->second.array(DType::float32);
    }
  }
  const Value& value = input(node, i);
  if (!value.is_known) throw Error("expected weights that do not depend on pixels");
  count_copy(value.elements.value().raw(), value.elements.shape());
  return value.elements.value().to(DType::float32);
}

void OnnxReader::normalize(const OnnxNode& node) {
  Value value = input(node, 0);
  const Value& other = input(node, 1);
  spend(value.elements.shape());
  if (value.is_known || !are_pixels(value.elements) || !other.is_known ||
      other.elements.value().size() != 1)
    throw Error("expected pixels and a number");
  const double number = other.elements.item();
  if (node.type == "Sub") value.mean += number * value.deviation;
  if (node.type == "Add") value.mean -= number * value.deviation;
  if (node.type == "Div") value.deviation *= number;
  if (node.type == "Mul") value.deviation /= number;
  result(node, std::move(value));
}

void OnnxReader::add(const OnnxNode& node) {
  if (classes_ == 0) return normalize(node);
  const std::size_t sum = is_logits(input(node, 0)) ? 0 : 1;
  if (!is_logits(input(node, sum))) throw Error("expected logits and a bias");
  add_bias(weights(node, 1 - sum));
  logits_ += static_cast<double>(batch_ * classes_);
  Value value = input(node, sum);
  value.elements = numbered(logits_, value.elements.shape());
  result(node, std::move(value));
}

void OnnxReader::check_attributes(const OnnxNode& node) {
  const auto refuse = [](const std::string& what) {
    throw Error("expected a layer as PyTorch has it, found " + what);
  };
  for (const auto& [name, value] : node.attributes) {
    if (name == "hidden_size") continue;
    if (name == "direction") {
      if (value.text != "forward" && value.text != "bidirectional")
        refuse("direction " + printable(value.text, longest_quote));
    } else if (name == "activations") {
      const std::vector<std::string> expected =
          node.type == "LSTM"  ? std::vector<std::string>{"Sigmoid", "Tanh", "Tanh"}
          : node.type == "GRU" ? std::vector<std::string>{"Sigmoid", "Tanh"}
                               : std::vector<std::string>{"Tanh"};
      for (std::size_t i = 0; i < value.texts.size(); ++i)
        if (value.texts[i] != expected[i % expected.size()])
          refuse("activation " + printable(value.texts[i], longest_quote));
    } else if (name == "linear_before_reset") {
      continue;  // required below
    } else if (name == "clip" || value.integer.value_or(1) != 0) {
      refuse("the attribute " + printable(name, longest_quote));
    }
  }
  const auto reset = node.attributes.find("linear_before_reset");
  if (node.type == "GRU" &&
      (reset == node.attributes.end() || reset->second.integer.value_or(0) != 1))
    refuse("a reset gate before the product (linear_before_reset = 0)");
}

/// Initial states have to be zeros, and sequences to have all steps.
void OnnxReader::check_states(const OnnxNode& node) {
  if (has_input(node, 4))
    for (const Index length : integers(node, 4))
      if (length != rows_) throw Error("expected sequences with all rows of an image");
  for (const std::size_t i : {std::size_t{5}, std::size_t{6}}) {
    if (!has_input(node, i)) continue;
    const Value& state = input(node, i);
    spend(state.elements.shape());
    const double* const first = state.elements.value().data<double>();
    if (!state.is_known || std::any_of(first, first + state.elements.value().size(),
                                       [](double element) { return element != 0; }))
      throw Error("expected initial states of zeros");
  }
  if (has_input(node, 7)) throw Error("expected no peepholes");
}

void OnnxReader::check_sequence(const Value& x) {
  const Tensor& expected = layers_ == 0 ? image_ : output_;
  const Tensor& found = x.elements;
  if (x.is_known || found.shape() != expected.shape() || !are_equal(found, expected))
    throw Error(layers_ == 0
                    ? "expected it to read the rows of the image, from the first to the last"
                    : "expected it to read the output of the layer before");
  if (layers_ > 0) return;
  if (!(std::isfinite(x.mean) && std::isfinite(x.deviation) && x.deviation > 0))
    throw Error("expected pixels that are normalized by a mean and a standard deviation");
  mean_ = x.mean;
  deviation_ = x.deviation;
}

void OnnxReader::read_weights(const OnnxNode& node, Index features) {
  const std::span<const Index> gates = onnx_gates(kind_of(kind_));
  const Index rows = static_cast<Index>(gates.size()) * hidden_;
  const Array w = weights(node, 1), r = weights(node, 2);
  expect_shape("W", w, {directions_, rows, features});
  expect_shape("R", r, {directions_, rows, hidden_});
  Array b = Array::zeros({directions_, 2 * rows});
  if (has_input(node, 3)) {
    b = weights(node, 3);
    expect_shape("B", b, {directions_, 2 * rows});
  }
  for (Index d = 0; d < directions_; ++d) {
    const auto store = [&](const char* name, const Array& own) {
      model_.tensors[fmt::format("{}.{}_l{}{}", kind_, name, layers_, d == 1 ? "_reverse" : "")] =
          in_our_order(own, gates);
    };
    store("weight_ih", w.rows(d, d + 1).reshape({rows, features}));
    store("weight_hh", r.rows(d, d + 1).reshape({rows, hidden_}));
    const Array biases = b.rows(d, d + 1).reshape({2 * rows});
    store("bias_ih", biases.rows(0, rows));
    store("bias_hh", biases.rows(rows, 2 * rows));
  }
}

void OnnxReader::recurrent(const OnnxNode& node) {
  check_attributes(node);
  if (classes_ != 0) throw Error("expected no recurrent layer after the head");
  constexpr Index most_layers = 100;
  if (layers_ == most_layers) throw Error(fmt::format("expected at most {} layers", most_layers));
  const Value x = input(node, 0);
  check_sequence(x);
  check_states(node);
  const std::string kind = node.type == "LSTM" ? "lstm" : node.type == "GRU" ? "gru" : "rnn";
  const auto direction = node.attributes.find("direction");
  const bool both_ways =
      direction != node.attributes.end() && direction->second.text == "bidirectional";
  const Index directions = both_ways ? 2 : 1, hidden = attribute(node, "hidden_size", 0);
  if (layers_ > 0 && (kind != kind_ || directions != directions_ || hidden != hidden_))
    throw Error("expected layers of one kind and size");
  constexpr Index most_units = 8192;
  if (hidden < 1 || hidden > most_units)
    throw Error(fmt::format("expected a hidden_size from 1 to {}, found {}", most_units, hidden));
  kind_ = kind;
  directions_ = directions;
  hidden_ = hidden;
  read_weights(node, x.elements.size(2));
  ++layers_;

  spend(Shape{3, rows_, batch_, directions, hidden});
  const double first = first_output * static_cast<double>(layers_);
  const Tensor y = numbered(first, {rows_, directions, batch_, hidden});
  output_ = scanline::reshape(permute(y, {0, 2, 1, 3}), {rows_, batch_, directions * hidden});
  // The forward direction ends at the last row, and the reverse direction at the first.
  Tensor h = select(y, 0, rows_ - 1);
  if (both_ways)
    h = concatenate({scanline::slice(h, 0, 0, 1), scanline::slice(select(y, 0, 0), 0, 1, 2)}, 0);
  states_ = scanline::reshape(permute(h, {1, 0, 2}), {batch_, directions * hidden});
  result(node, {y}, 0);
  result(node, {h}, 1);
  result(node, {numbered(first + first_cell_state, h.shape())}, 2);
}

void OnnxReader::read_head(const OnnxNode& node, const Value& x, const Array& weight) {
  if (layers_ == 0 || classes_ != 0 || x.is_known || x.elements.shape() != states_.shape() ||
      !are_equal(x.elements, states_))
    throw Error(
        "expected one linear head, which reads the final hidden states of the last layer (of the "
        "forward direction, then of the reverse direction)");
  classes_ = weight.shape()[0];
  constexpr Index most_classes = 65'536;
  if (weight.shape() != Shape{classes_, directions_ * hidden_} || classes_ < 1 ||
      classes_ > most_classes)
    throw Error("expected a head's matrix that fits, found " + to_string(weight.shape()));
  model_.tensors["fc.weight"] = weight;
  model_.tensors["fc.bias"] = Array::zeros({classes_});
  logits_ = first_logit;
  spend(batch_ * classes_);
  result(node, {numbered(logits_, {batch_, classes_})});
}

void OnnxReader::gemm(const OnnxNode& node) {
  const auto is_one = [&](const char* name) {
    const auto found = node.attributes.find(name);
    return found == node.attributes.end() || found->second.real.value_or(1) == 1;
  };
  if (!is_one("alpha") || !is_one("beta") || attribute(node, "transA", 0) != 0)
    throw Error("expected the product with a matrix");
  Array weight = weights(node, 1);
  if (weight.rank() != 2) throw Error("expected the product with a matrix");
  if (attribute(node, "transB", 0) == 0) weight = scanline::transpose(Tensor(weight), 0, 1).value();
  read_head(node, input(node, 0), weight);
  if (node.type == "Gemm" && has_input(node, 2)) add_bias(weights(node, 2));
}

void OnnxReader::add_bias(const Array& bias) {
  const Array sum = model_.tensors.at("fc.bias");
  if (bias.size() != classes_ || bias.shape()[-1] != classes_)
    throw Error("expected a bias for each class");
  for (Index i = 0; i < classes_; ++i) sum.data<float>()[i] += bias.data<float>()[i];
}

bool OnnxReader::is_output(const Value& value) {
  if (classes_ == 0 || value.is_known || value.elements.value().size() != batch_ * classes_)
    return false;
  spend(value.elements.shape());
  return are_equal(value.elements, numbered(logits_, {batch_ * classes_}));
}

void OnnxReader::softmax(const OnnxNode& node) {
  Value value = input(node, 0);
  const Index rank = value.elements.rank();
  if (!is_logits(value) || axis(node, -1, rank) != rank - 1)
    throw Error("expected it to be applied to the logits");
  // Logarithms of probabilities are logits, too: all of an image are shifted by one number.
  value.is_probability = node.type == "Softmax";
  result(node, std::move(value));
}

}  // namespace scanline::exporting
