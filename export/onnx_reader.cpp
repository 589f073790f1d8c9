#include "scanline/export/detail/onnx_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/printable.hpp"
#include "scanline/framework/ops/create.hpp"
#include "scanline/framework/ops/elementwise.hpp"
#include "scanline/framework/ops/movement.hpp"

// The nodes that move elements. Those that compute are in onnx_reader_layers.cpp.

namespace scanline::exporting {
namespace {

std::vector<Index> extents_of(const Tensor& x) { return {x.shape().begin(), x.shape().end()}; }

/// @throws Error for too many axes, or a negative extent.
Shape shape_of(const std::vector<Index>& extents) {
  Shape shape;
  for (const Index extent : extents) shape.push_back(extent);
  return shape;
}

Index at(const std::vector<Index>& values, std::size_t i) {
  if (i >= values.size()) throw Error("expected more numbers");
  return values[i];
}

}  // namespace

const std::map<std::string, OnnxReader::Node>& OnnxReader::table() {
  using R = OnnxReader;
  static const std::map<std::string, Node> nodes{
      {"Add", &R::add},
      {"Cast", &R::cast},
      {"Concat", &R::concat},
      {"Constant", &R::constant},
      {"Div", &R::normalize},
      {"ConstantOfShape", &R::constant_of_shape},
      {"Dropout", &R::pass_on},
      {"Expand", &R::expand},
      {"Flatten", &R::flatten},
      {"GRU", &R::recurrent},
      {"Gather", &R::gather},
      {"Gemm", &R::gemm},
      {"Identity", &R::pass_on},
      {"LSTM", &R::recurrent},
      {"LogSoftmax", &R::softmax},
      {"MatMul", &R::gemm},
      {"Mul", &R::normalize},
      {"RNN", &R::recurrent},
      {"Reshape", &R::reshape},
      {"Shape", &R::shape},
      {"Slice", &R::slice},
      {"Softmax", &R::softmax},
      {"Split", &R::split},
      {"Squeeze", &R::squeeze},
      {"Sub", &R::normalize},
      {"Transpose", &R::transpose},
      {"Unsqueeze", &R::unsqueeze},
  };
  return nodes;
}

const OnnxReader::Value& OnnxReader::input(const OnnxNode& node, std::size_t i) {
  if (!has_input(node, i)) throw Error(fmt::format("expected an input {}, found none", i));
  const std::string& name = node.inputs[i];
  if (const auto found = values_.find(name); found != values_.end()) return found->second;
  const auto constant = file_.constants.find(name);
  if (constant == file_.constants.end())
    throw Error(fmt::format("expected an input '{}' that an earlier node computes",
                            printable(name, longest_quote)));
  spend(constant->second.shape);
  return values_[name] = {Tensor(constant->second.array(DType::float64)), /*is_known=*/true};
}

std::vector<Index> OnnxReader::integers(const OnnxNode& node, std::size_t i) {
  const Value& value = input(node, i);
  if (!value.is_known) throw Error("expected a shape or a position that does not depend on pixels");
  const Array& numbers = value.elements.value();
  spend(numbers.shape());
  std::vector<Index> result;
  constexpr double largest = 9e15;  // which doubles hold exactly
  for (Index k = 0; k < numbers.size(); ++k) {
    const double number = numbers.at(k);
    result.push_back(number > largest    ? std::numeric_limits<Index>::max()
                     : number > -largest ? static_cast<Index>(number)
                                         : std::numeric_limits<Index>::min() / 2);
  }
  return result;
}

std::vector<Index> OnnxReader::integers(const OnnxNode& node, std::size_t i,
                                        const char* attribute) {
  if (has_input(node, i)) return integers(node, i);
  const auto found = node.attributes.find(attribute);
  return found == node.attributes.end() ? std::vector<Index>{} : found->second.integers;
}

Index OnnxReader::attribute(const OnnxNode& node, const char* name, Index otherwise) const {
  const auto found = node.attributes.find(name);
  return found == node.attributes.end() ? otherwise : found->second.integer.value_or(otherwise);
}

Index OnnxReader::axis(const OnnxNode& node, Index otherwise, Index rank) const {
  return normalize_axis("axis", attribute(node, "axis", otherwise), rank);
}

void OnnxReader::result(const OnnxNode& node, Value value, std::size_t i) {
  if (i < node.outputs.size() && !node.outputs[i].empty())
    values_[node.outputs[i]] = std::move(value);
}

void OnnxReader::pass_on(const OnnxNode& node) { result(node, input(node, 0)); }

void OnnxReader::cast(const OnnxNode& node) {
  constexpr Index float32 = 1, float64 = 11;  // in ONNX
  const Index type = attribute(node, "to", float32);
  if (!input(node, 0).is_known && type != float32 && type != float64)
    throw Error("expected a conversion to float32");
  pass_on(node);
}

void OnnxReader::constant(const OnnxNode& node) {
  const auto found = node.attributes.find("value");
  if (found == node.attributes.end() || !found->second.tensor)
    throw Error("expected an attribute value");
  spend(found->second.tensor->shape);
  result(node, {Tensor(found->second.tensor->array(DType::float64)), /*is_known=*/true});
}

void OnnxReader::constant_of_shape(const OnnxNode& node) {
  const Shape shape = shape_of(integers(node, 0));
  spend(shape);
  const auto found = node.attributes.find("value");
  double value = 0;
  if (found != node.attributes.end() && found->second.tensor) {
    if (found->second.tensor->size() != 1) throw Error("expected a value of one element");
    value = found->second.tensor->array(DType::float64).item();
  }
  result(node, {full(shape, value, DType::float64), /*is_known=*/true});
}

void OnnxReader::shape(const OnnxNode& node) {
  const std::vector<Index> extents = extents_of(input(node, 0).elements);
  result(node, {Tensor(Array::from(extents).to(DType::float64)), /*is_known=*/true});
}

void OnnxReader::transpose(const OnnxNode& node) {
  Value value = input(node, 0);
  std::vector<Index> order;
  if (const auto found = node.attributes.find("perm"); found != node.attributes.end())
    order = found->second.integers;
  else
    for (Index axis = value.elements.rank(); axis-- > 0;) order.push_back(axis);
  spend(value.elements.shape());
  value.elements = permute(value.elements, order);
  result(node, std::move(value));
}

void OnnxReader::reshape(const OnnxNode& node) {
  Value value = input(node, 0);
  std::vector<Index> extents = integers(node, 1);
  for (std::size_t i = 0; i < extents.size(); ++i)
    if (extents[i] == 0) extents[i] = value.elements.size(static_cast<Index>(i));
  value.elements = scanline::reshape(value.elements, extents);
  // No elements are made, but an extent of 0 lets the others be anything.
  if (value.elements.value().size() == 0) spend(value.elements.shape());
  result(node, std::move(value));
}

void OnnxReader::flatten(const OnnxNode& node) {
  Value value = input(node, 0);
  const Shape shape = value.elements.shape();
  const Index axis = this->axis(node, 1, shape.rank());
  value.elements = scanline::reshape(
      value.elements,
      {shape.slice(0, axis).element_count(), shape.slice(axis, shape.rank()).element_count()});
  result(node, std::move(value));
}

void OnnxReader::squeeze(const OnnxNode& node) {
  Value value = input(node, 0);
  std::vector<Index> axes = integers(node, 1, "axes"), kept;
  for (Index& axis : axes) axis = normalize_axis("axes", axis, value.elements.rank());
  for (Index axis = 0; axis < value.elements.rank(); ++axis) {
    const bool is_named = std::find(axes.begin(), axes.end(), axis) != axes.end();
    const Index extent = value.elements.size(axis);
    if (is_named && extent != 1) throw Error("expected an extent of 1");
    if (!is_named && (extent != 1 || !axes.empty())) kept.push_back(extent);
  }
  value.elements = scanline::reshape(value.elements, kept);
  result(node, std::move(value));
}

void OnnxReader::unsqueeze(const OnnxNode& node) {
  Value value = input(node, 0);
  std::vector<Index> extents = extents_of(value.elements), axes = integers(node, 1, "axes");
  if (axes.size() > static_cast<std::size_t>(Shape::max_rank))
    throw Error(fmt::format("expected at most {} axes", Shape::max_rank));
  const Index rank = value.elements.rank() + static_cast<Index>(axes.size());
  for (Index& axis : axes) axis = normalize_axis("axes", axis, rank);
  std::sort(axes.begin(), axes.end());
  for (const Index axis : axes) {
    if (axis > static_cast<Index>(extents.size())) throw Error("expected other axes");
    extents.insert(extents.begin() + axis, 1);
  }
  value.elements = scanline::reshape(value.elements, extents);
  result(node, std::move(value));
}

void OnnxReader::gather(const OnnxNode& node) {
  Value value = input(node, 0);
  const Tensor x = value.elements;
  const Index axis = this->axis(node, 0, x.rank());
  const std::vector<Index> indices = integers(node, 1);
  if (input(node, 1).elements.rank() == 0) {
    spend(x.shape());
    value.elements = select(x, axis, at(indices, 0));
  } else {
    constexpr Index part_size = 32;  // that each part needs besides its elements
    std::vector<Tensor> parts;
    for (const Index index : indices) {
      spend(x.shape().with(axis, 1));
      spend(part_size);
      const Index begin = index < 0 ? index + x.size(axis) : index;
      if (begin < 0 || begin >= x.size(axis)) throw Error("expected a position that is there");
      parts.push_back(scanline::slice(x, axis, begin, begin + 1));
    }
    value.elements = concatenate(parts, axis);
  }
  result(node, std::move(value));
}

void OnnxReader::slice(const OnnxNode& node) {
  Value value = input(node, 0);
  const std::vector<Index> begins = integers(node, 1, "starts"), ends = integers(node, 2, "ends"),
                           steps = integers(node, 4, "steps");
  std::vector<Index> axes = integers(node, 3, "axes");
  if (axes.empty())
    for (std::size_t i = 0; i < begins.size(); ++i) axes.push_back(static_cast<Index>(i));
  for (std::size_t i = 0; i < axes.size(); ++i) {
    if (!steps.empty() && at(steps, i) != 1) throw Error("expected steps of 1");
    const Index axis = normalize_axis("axes", axes[i], value.elements.rank());
    const Index extent = value.elements.size(axis);
    const auto position = [extent](Index given) {
      return std::clamp<Index>(given < 0 ? given + extent : given, 0, extent);
    };
    const Index begin = position(at(begins, i)), end = position(at(ends, i));
    spend(value.elements.shape());
    value.elements = scanline::slice(value.elements, axis, begin, std::max(begin, end));
  }
  result(node, std::move(value));
}

void OnnxReader::split(const OnnxNode& node) {
  if (node.outputs.empty()) throw Error("expected outputs, found none");
  const Value value = input(node, 0);
  const Index axis = this->axis(node, 0, value.elements.rank()),
              count = static_cast<Index>(node.outputs.size()), extent = value.elements.size(axis);
  std::vector<Index> sizes = integers(node, 1, "split");
  if (sizes.empty()) sizes.assign(node.outputs.size(), extent / count);
  Index begin = 0;
  for (std::size_t i = 0; i < node.outputs.size(); ++i) {
    const Index size = at(sizes, i);
    if (size < 0 || size > extent - begin)
      throw Error(fmt::format("expected parts of an extent of {}, found a part of {} from {} on",
                              extent, size, begin));
    Value part = value;
    spend(value.elements.shape().with(axis, size));
    part.elements = scanline::slice(value.elements, axis, begin, begin + size);
    begin += size;
    result(node, std::move(part), i);
  }
}

void OnnxReader::concat(const OnnxNode& node) {
  Value value = input(node, 0);
  std::vector<Tensor> parts;
  for (std::size_t i = 0; i < node.inputs.size(); ++i) {
    const Value& part = input(node, i);
    if (part.is_known != value.is_known || part.mean != value.mean ||
        part.deviation != value.deviation || part.is_probability != value.is_probability)
      throw Error("expected values of one kind");
    spend(part.elements.shape());
    parts.push_back(part.elements);
  }
  value.elements = concatenate(parts, axis(node, 0, value.elements.rank()));
  result(node, std::move(value));
}

void OnnxReader::expand(const OnnxNode& node) {
  Value value = input(node, 0);
  const Shape expanded =
      broadcast_shapes("shape", value.elements.shape(), shape_of(integers(node, 1)));
  spend(expanded);
  value.elements = value.elements + zeros(expanded, DType::float64);
  result(node, std::move(value));
}

}  // namespace scanline::exporting
