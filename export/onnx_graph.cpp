#include "scanline/export/detail/onnx_graph.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <onnx/checker.h>
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "scanline/framework/core/error.hpp"

namespace scanline::exporting {
namespace {

constexpr int ir_version = 7;  // the first one with opset 14
constexpr int opset_version = 14;

void set(onnx::AttributeProto& attribute, Index value) {
  attribute.set_type(onnx::AttributeProto::INT);
  attribute.set_i(value);
}
void set(onnx::AttributeProto& attribute, double value) {
  attribute.set_type(onnx::AttributeProto::FLOAT);
  attribute.set_f(static_cast<float>(value));
}
void set(onnx::AttributeProto& attribute, const std::string& value) {
  attribute.set_type(onnx::AttributeProto::STRING);
  attribute.set_s(value);
}
void set(onnx::AttributeProto& attribute, const std::vector<Index>& values) {
  attribute.set_type(onnx::AttributeProto::INTS);
  for (const Index value : values) attribute.add_ints(value);
}
void set(onnx::AttributeProto& attribute, const std::vector<std::string>& values) {
  attribute.set_type(onnx::AttributeProto::STRINGS);
  for (const std::string& value : values) attribute.add_strings(value);
}

/// An extent that is not fixed: "steps", "3*batch".
std::string text_of(const Extent& extent) {
  std::vector<std::string> factors;
  if (extent.count != 1) factors.push_back(fmt::to_string(extent.count));
  if (extent.per_step) factors.emplace_back("steps");
  if (extent.per_image) factors.emplace_back("batch");
  return fmt::to_string(fmt::join(factors, "*"));
}

void declare(onnx::ValueInfoProto& info, const std::string& name, const Extents& extents) {
  info.set_name(name);
  onnx::TypeProto::Tensor& type = *info.mutable_type()->mutable_tensor_type();
  type.set_elem_type(onnx::TensorProto::FLOAT);
  for (const Extent& extent : extents) {
    auto& dimension = *type.mutable_shape()->add_dim();
    if (extent.is_fixed())
      dimension.set_dim_value(extent.count);
    else
      dimension.set_dim_param(text_of(extent));
  }
}

}  // namespace

OnnxGraph::OnnxGraph()
    : model_(std::make_unique<onnx::ModelProto>()),
      names_{{"image", 1}, {"logits", 1}, {"probabilities", 1}} {
  model_->set_ir_version(ir_version);
  model_->set_producer_name("scanline");
  model_->add_opset_import()->set_version(opset_version);
  graph().set_name("classifier");
}

OnnxGraph::~OnnxGraph() = default;

onnx::GraphProto& OnnxGraph::graph() { return *model_->mutable_graph(); }

std::string OnnxGraph::unused(const std::string& name) {
  const int before = names_[name]++;
  return before == 0 ? name : unused(fmt::format("{}_{}", name, before));
}

std::string OnnxGraph::node(const std::string& type, const std::vector<std::string>& inputs,
                            const OnnxAttributes& attributes) {
  return node(type, inputs, attributes, {true}).front();
}

std::vector<std::string> OnnxGraph::node(const std::string& type,
                                         const std::vector<std::string>& inputs,
                                         const OnnxAttributes& attributes,
                                         const std::vector<bool>& outputs) {
  onnx::NodeProto& node = *graph().add_node();
  node.set_op_type(type);
  node.set_name(unused(type));
  for (const std::string& input : inputs) node.add_input(input);
  for (const OnnxAttribute& attribute : attributes) {
    onnx::AttributeProto& added = *node.add_attribute();
    added.set_name(attribute.name);
    std::visit([&](const auto& value) { set(added, value); }, attribute.value);
  }
  std::vector<std::string> names;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    names.push_back(outputs[i] ? unused(fmt::format("{}/{}", node.name(), i)) : "");
    node.add_output(names.back());
  }
  return names;
}

std::string OnnxGraph::constant(const std::string& name, const Array& values) {
  onnx::TensorProto& tensor = *graph().add_initializer();
  tensor.set_name(unused(name));
  if (values.dtype() == DType::float64)
    throw Error(fmt::format("expected {} to be float32 or int64, found float64", name));
  tensor.set_data_type(values.dtype() == DType::float32 ? onnx::TensorProto::FLOAT
                                                        : onnx::TensorProto::INT64);
  for (const Index extent : values.shape()) tensor.add_dims(extent);
  tensor.set_raw_data(values.raw(), static_cast<std::size_t>(values.bytes()));
  return tensor.name();
}

std::string OnnxGraph::integers(const std::vector<Index>& values) {
  std::string& known = integers_[values];
  if (known.empty()) known = constant("integers", Array::from(values));
  return known;
}

std::string OnnxGraph::number(double value) {
  std::string& known = numbers_[value];
  if (known.empty()) known = constant("number", Array::scalar(value));
  return known;
}

std::string OnnxGraph::input_size(Index axis) {
  return node("Gather", {node("Shape", {input_}), integers({axis})}, {{"axis", Index{0}}});
}

std::string OnnxGraph::size(const Extent& extent) {
  std::string result;
  const auto multiply = [&](const std::string& factor) {
    result = result.empty() ? factor : node("Mul", {result, factor});
  };
  if (extent.per_step) multiply(steps_);
  if (extent.per_image) {
    if (batch_size_.empty()) batch_size_ = input_size(0);
    multiply(batch_size_);
  }
  if (extent.count != 1) multiply(integers({extent.count}));
  return result;
}

std::string OnnxGraph::shape(const Extents& extents) {
  std::vector<std::string> parts;
  std::vector<Index> fixed;
  const auto end_fixed = [&] {
    if (!fixed.empty()) parts.push_back(integers(std::exchange(fixed, {})));
  };
  for (const Extent& extent : extents) {
    if (extent.is_fixed()) {
      fixed.push_back(extent.count);
      continue;
    }
    end_fixed();
    parts.push_back(size(extent));
  }
  if (parts.empty()) return integers(fixed);
  end_fixed();
  return parts.size() == 1 ? parts.front() : node("Concat", parts, {{"axis", Index{0}}});
}

std::string OnnxGraph::reshape(const std::string& value, const Extents& extents) {
  const auto varies = [](const Extent& extent) { return !extent.is_fixed(); };
  if (std::count_if(extents.begin(), extents.end(), varies) > 1)
    return node("Reshape", {value, shape(extents)});
  std::vector<Index> target;
  for (const Extent& extent : extents) target.push_back(extent.is_fixed() ? extent.count : -1);
  return node("Reshape", {value, integers(target)});
}

void OnnxGraph::input(const std::string& name, const Extents& extents) {
  input_ = name;
  declare(*graph().add_input(), name, extents);
}

std::string OnnxGraph::line_input(const std::string& name, Index rows, Index step_columns) {
  input(name, {{1, true}, {rows}, {1}});
  auto& type = *graph().mutable_input(0)->mutable_type()->mutable_tensor_type();
  type.mutable_shape()->mutable_dim(2)->set_dim_param("width");
  steps_ = node("Div", {input_size(2), integers({step_columns})});
  return node("Slice", {name, integers({0}), size({step_columns, false, true}), integers({2})});
}

void OnnxGraph::output(const std::string& name, const std::string& value, const Extents& extents) {
  onnx::NodeProto& node = *graph().add_node();
  node.set_op_type("Identity");
  node.set_name(name);
  node.add_input(value);
  node.add_output(name);
  declare(*graph().add_output(), name, extents);
}

void OnnxGraph::metadata(const std::string& key, const std::string& value) {
  onnx::StringStringEntryProto& entry = *model_->add_metadata_props();
  entry.set_key(key);
  entry.set_value(value);
}

std::string OnnxGraph::content() const {
  try {
    onnx::checker::check_model(*model_);
  } catch (const std::runtime_error& error) {
    throw Error(fmt::format("ONNX's checker refuses the model: {}", error.what()));
  }
  std::string result;
  if (!model_->SerializeToString(&result)) throw Error("an ONNX file holds at most 2 GB");
  return result;
}

}  // namespace scanline::exporting
