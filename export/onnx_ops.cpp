#include "scanline/export/detail/onnx_ops.hpp"

#include <array>
#include <cmath>
#include <limits>
#include <numbers>

namespace scanline::exporting {
namespace {

constexpr Index first = std::numeric_limits<Index>::min();

/// ONNX's numbers of element types.
constexpr Index boolean = 9;

/// x (1 + erf(x / sqrt 2)) / 2
void write_gelu(OpWriter& op) {
  const std::string x = op.input(0);
  const std::string erf =
      op.graph.node("Erf", {op.graph.node("Div", {x, op.graph.number(std::numbers::sqrt2)})});
  const std::string factor = op.graph.node("Add", {erf, op.graph.number(1)});
  op.result(op.graph.node("Mul", {op.graph.node("Mul", {x, factor}), op.graph.number(0.5)}));
}

void write_clamp(OpWriter& op) {
  op.result(op.graph.node("Clip", {op.input(0), op.graph.number(op.number("low")),
                                   op.graph.number(op.number("high"))}));
}

void write_where(OpWriter& op) {
  const std::string condition = op.graph.node("Cast", {op.array("condition")}, {{"to", boolean}});
  op.result(op.graph.node("Where", {condition, op.input(0), op.input(1)}));
}

/// A value with its last two axes exchanged, where `is_transposed`.
std::string transposed(OpWriter& op, std::size_t input, bool is_transposed) {
  if (!is_transposed) return op.input(input);
  const auto rank = static_cast<Index>(op.input_extents(input).size());
  std::vector<Index> order;
  for (Index axis = 0; axis < rank; ++axis) order.push_back(axis);
  std::swap(order[order.size() - 1], order[order.size() - 2]);
  return op.graph.node("Transpose", {op.input(input)}, {{"perm", order}});
}

void write_matmul(OpWriter& op) {
  op.result(op.graph.node("MatMul", {transposed(op, 0, op.integer("transpose_a") != 0),
                                     transposed(op, 1, op.integer("transpose_b") != 0)}));
}

void write_linear(OpWriter& op) {
  std::vector<std::string> inputs = op.inputs();
  if (op.input_extents(0).size() == 2) {
    op.result(op.graph.node("Gemm", inputs, {{"transB", Index{1}}}));
    return;
  }
  const std::string product = op.graph.node("MatMul", {inputs[0], transposed(op, 1, true)});
  op.result(inputs.size() > 2 ? op.graph.node("Add", {product, inputs[2]}) : product);
}

void write_reshape(OpWriter& op) { op.result(op.graph.reshape(op.input(0), op.output_extents(0))); }

void write_permute(OpWriter& op) {
  std::vector<Index> order = op.integers("order");
  for (Index& axis : order)
    axis = normalize_axis("permute", axis, static_cast<Index>(order.size()));
  op.result(op.graph.node("Transpose", {op.input(0)}, {{"perm", order}}));
}

/// Positions of one axis, in steps.
std::string slice_of(OpWriter& op, Index axis, Index begin, Index to, Index step) {
  return op.graph.node("Slice", {op.input(0), op.graph.integers({begin}), op.graph.integers({to}),
                                 op.graph.integers({axis}), op.graph.integers({step})});
}

void write_slice(OpWriter& op) {
  const Index axis = op.axis();
  op.result(slice_of(op, axis, op.position("begin", axis),
                     op.position("begin", axis, op.output_sizes(axis)), 1));
}

void write_flip(OpWriter& op) { op.result(slice_of(op, op.axis(), -1, first, -1)); }

void write_select(OpWriter& op) {
  const Index axis = op.axis();
  const Array position = Array::from(std::array{op.position("begin", axis)}, {});
  op.result(op.graph.node("Gather", {op.input(0), op.graph.constant("position", position)},
                          {{"axis", axis}}));
}

void write_pad(OpWriter& op) {
  const auto rank = static_cast<Index>(op.input_extents(0).size());
  std::vector<Index> pads(static_cast<std::size_t>(2 * rank));
  pads[static_cast<std::size_t>(op.axis())] = op.integer("before");
  pads[static_cast<std::size_t>(rank + op.axis())] = op.integer("after");
  op.result(op.graph.node(
      "Pad", {op.input(0), op.graph.integers(pads), op.graph.number(op.number("value"))}));
}

void write_concatenate(OpWriter& op) {
  const std::vector<std::string> parts = op.inputs();
  if (parts.size() == 1)
    op.result(parts.front());
  else
    op.result(op.graph.node("Concat", parts, {{"axis", op.axis()}}));
}

void write_sum(OpWriter& op) {
  op.result(
      op.graph.node("ReduceSum", {op.input(0), op.graph.integers(op.integers("axes"))},
                    {{"keepdims", op.integer("keep_axes")}, {"noop_with_empty_axes", Index{1}}}));
}

void write_max(OpWriter& op) {
  const std::vector<Index> axes = op.integers("axes");
  if (axes.empty())  // for ReduceMax these are all axes
    op.result(op.input(0));
  else
    op.result(op.graph.node("ReduceMax", {op.input(0)},
                            {{"axes", axes}, {"keepdims", op.integer("keep_axes")}}));
}

void write_gather(OpWriter& op) {
  op.result(
      op.graph.node("GatherElements", {op.input(0), op.array("indices")}, {{"axis", op.axis()}}));
}

void write_embedding(OpWriter& op) {
  op.result(op.graph.node("Gather", {op.input(0), op.array("ids")}));
}

/// Padding of the same size on both sides of each axis.
std::vector<Index> both_sides(std::vector<Index> padding) {
  const std::vector<Index> before = padding;
  padding.insert(padding.end(), before.begin(), before.end());
  return padding;
}

void write_conv2d(OpWriter& op) {
  op.result(op.graph.node("Conv", op.inputs(),
                          {{"strides", op.integers("stride")},
                           {"pads", both_sides(op.integers("padding"))},
                           {"dilations", op.integers("dilation")},
                           {"group", op.integer("groups")}}));
}

OnnxAttributes window(const OpWriter& op) {
  return {{"kernel_shape", op.integers("kernel_size")},
          {"strides", op.integers("stride")},
          {"pads", both_sides(op.integers("padding"))}};
}

void write_max_pool2d(OpWriter& op) {
  op.result(op.graph.node("MaxPool", op.inputs(), window(op)));
}

void write_avg_pool2d(OpWriter& op) {
  OnnxAttributes attributes = window(op);
  attributes.push_back({"count_include_pad", Index{1}});
  op.result(op.graph.node("AveragePool", op.inputs(), attributes));
}

/// x, weight, bias, mean, variance. A network is in evaluation mode when it is written.
void write_batch_norm(OpWriter& op) {
  op.result(op.graph.node("BatchNormalization", op.inputs(), {{"epsilon", op.number("epsilon")}}));
}

}  // namespace

const OnnxOperators& onnx_operators() {
  static const OnnxOperators table{
      {"abs", "Abs"},   {"add", "Add"},         {"divide", "Div"}, {"exp", "Exp"},
      {"log", "Log"},   {"multiply", "Mul"},    {"negate", "Neg"}, {"power", "Pow"},
      {"relu", "Relu"}, {"sigmoid", "Sigmoid"}, {"sqrt", "Sqrt"},  {"subtract", "Sub"},
      {"tanh", "Tanh"},
  };
  return table;
}

void write_operator(OpWriter& op, const std::string& type) {
  std::vector<std::string> inputs = op.inputs();
  if (op.has("left")) inputs.insert(inputs.begin(), op.graph.number(op.number("left")));
  if (op.has("right")) inputs.push_back(op.graph.number(op.number("right")));
  op.result(op.graph.node(type, inputs));
}

const std::map<std::string, WriteOp>& onnx_ops() {
  static const std::map<std::string, WriteOp> table{
      {"avg_pool2d", write_avg_pool2d},
      {"batch_norm", write_batch_norm},
      {"clamp", write_clamp},
      {"concatenate", write_concatenate},
      {"conv2d", write_conv2d},
      {"embedding", write_embedding},
      {"flip", write_flip},
      {"gather", write_gather},
      {"gelu", write_gelu},
      {"linear", write_linear},
      {"matmul", write_matmul},
      {"max", write_max},
      {"max_pool2d", write_max_pool2d},
      {"pad", write_pad},
      {"permute", write_permute},
      {"recurrent_layer", write_recurrent_layer},
      {"reshape", write_reshape},
      {"select", write_select},
      {"slice", write_slice},
      {"sum", write_sum},
      {"where", write_where},
  };
  return table;
}

}  // namespace scanline::exporting
