#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <limits>

#include "scanline/export/detail/onnx_ops.hpp"
#include "scanline/framework/core/error.hpp"

namespace scanline::exporting {
namespace {

bool are_equal(const Array& a, const Array& b) {
  return a.dtype() == b.dtype() && a.shape() == b.shape() &&
         std::memcmp(a.raw(), b.raw(), static_cast<std::size_t>(a.bytes())) == 0;
}

/// Positions [begin, begin + extent) of an axis.
Array cut(const Array& array, Index axis, Index begin, Index extent) {
  const Shape shape = array.shape().with(axis, extent);
  const Array result(shape, array.dtype());
  const Index outer = shape.slice(0, axis).element_count(),
              inner = shape.slice(axis + 1, shape.rank()).element_count() * size_of(array.dtype());
  for (Index o = 0; o < outer; ++o)
    std::memcpy(result.raw() + o * extent * inner,
                array.raw() + (o * array.shape()[axis] + begin) * inner,
                static_cast<std::size_t>(extent * inner));
  return result;
}

/// The only axis along which the extent depends on the batch size.
Index batch_axis(const Extents& extents) {
  Index result = -1;
  for (std::size_t axis = 0; axis < extents.size(); ++axis) {
    if (extents[axis].per_step) throw Error("a constant depends on the width of the lines");
    if (extents[axis].per_image) {
      if (result >= 0) throw Error("a constant has two axes that depend on the batch size");
      result = static_cast<Index>(axis);
    }
  }
  return result;
}

/// An array whose extent along `axis` is a multiple of the batch size, in the shape
/// (..., extent / batch, batch, ...).
Array with_batch(const Array& array, Index axis, Index batch) {
  Shape shape = array.shape().slice(0, axis);
  shape.push_back(array.shape()[axis] / batch);
  shape.push_back(batch);
  for (Index i = axis + 1; i < array.rank(); ++i) shape.push_back(array.shape()[i]);
  return array.reshape(shape);
}

/// What an array has for each image, which has to be the same for all: (..., count, 1, ...).
Array of_one_image(const Both<Array>& array, Index axis) {
  const Array small = with_batch(array.small, axis, batch_sizes.small);
  const Array first = cut(small, axis + 1, 0, 1);
  const auto check = [&](const Array& all, Index batch) {
    for (Index i = 0; i < batch; ++i)
      if (!are_equal(cut(all, axis + 1, i, 1), first))
        throw Error(
            "a value that no op has computed differs between images or between batch sizes");
  };
  check(small, batch_sizes.small);
  check(with_batch(array.large, axis, batch_sizes.large), batch_sizes.large);
  return first;
}

Extent extent_of(const Both<Index>& extent) {
  for (const bool per_step : {false, true})
    for (const bool per_image : {false, true}) {
      const auto factor = [&](Index batch, Index steps) {
        return (per_image ? batch : 1) * (per_step ? steps : 1);
      };
      const Index count = extent.small / factor(batch_sizes.small, line_steps.small);
      if (extent.small == count * factor(batch_sizes.small, line_steps.small) &&
          extent.large == count * factor(batch_sizes.large, line_steps.large))
        return {count, per_image, per_step};
    }
  throw Error(fmt::format("an extent is {} and {} for batches of {} and {} images", extent.small,
                          extent.large, batch_sizes.small, batch_sizes.large));
}

}  // namespace

Extents extents_of(const Shape& small, const Shape& large) {
  if (small.rank() != large.rank())
    throw Error("the number of axes of a value depends on the batch size");
  Extents result;
  for (Index axis = 0; axis < small.rank(); ++axis) {
    result.push_back(extent_of({small[axis], large[axis]}));
  }
  return result;
}

OnnxValues::OnnxValues(OnnxGraph& graph, const NamedArrays& parameters) : graph_(graph) {
  for (const auto& [name, array] : parameters) parameters_.emplace(key(array), name);
}

OnnxValues::Key OnnxValues::key(const Array& array) {
  return {array.raw(), {array.shape().begin(), array.shape().end()}, array.dtype()};
}

bool OnnxValues::contains(const Both<Array>& array) const {
  if (array.small.size() == 0) return false;  // such arrays may be anywhere in memory
  const auto small = names_.small.find(key(array.small)),
             large = names_.large.find(key(array.large));
  return small != names_.small.end() && large != names_.large.end() &&
         small->second == large->second;
}

void OnnxValues::add(const Both<Array>& array, const std::string& name) {
  names_.small[key(array.small)] = name;
  names_.large[key(array.large)] = name;
  kept_.push_back(array);
}

const std::string& OnnxValues::name(const Both<Array>& array) {
  if (!contains(array)) {
    const auto is_computed = [](const auto& names, const Array& value) {
      return names.count(key(value)) > 0;
    };
    if (is_computed(names_.small, array.small) || is_computed(names_.large, array.large))
      throw Error("the ops depend on the batch size or the width");
    add(array, add_constant(array));
  }
  return names_.small.at(key(array.small));
}

std::string OnnxValues::add_constant(const Both<Array>& array) {
  const auto parameter = parameters_.find(key(array.small));
  const std::string name = parameter == parameters_.end() ? "constant" : parameter->second;
  const Extents extents = extents_of(array.small.shape(), array.large.shape());
  const Index axis = batch_axis(extents);
  if (axis < 0) {
    if (!are_equal(array.small, array.large))
      throw Error("a value that no op has computed differs from image to image");
    return graph_.constant(name, array.small);
  }
  const Array own = of_one_image(array, axis);
  Extents expanded = extents;
  expanded[static_cast<std::size_t>(axis)] = {own.shape()[axis], false};
  expanded.insert(expanded.begin() + axis + 1, {1, true});
  return graph_.reshape(graph_.node("Expand", {graph_.constant(name, own), graph_.shape(expanded)}),
                        extents);
}

std::vector<std::string> OpWriter::inputs() {
  std::vector<std::string> result;
  for (std::size_t i = 0; i < op_.small->inputs.size(); ++i) result.push_back(input(i));
  return result;
}

Both<Array> OpWriter::input_arrays(std::size_t i) const {
  return {op_.small->inputs[i].get(), op_.large->inputs[i].get()};
}

Extents OpWriter::input_extents(std::size_t i) const {
  const Both<Array> arrays = input_arrays(i);
  return extents_of(arrays.small.shape(), arrays.large.shape());
}

Extents OpWriter::output_extents(std::size_t i) const {
  return extents_of(op_.small->outputs[i].get().shape(), op_.large->outputs[i].get().shape());
}

const Array& OpWriter::constant_input(std::size_t i) const {
  const Array &small = op_.small->inputs[i].get(), &large = op_.large->inputs[i].get();
  if (values_.contains({small, large}) || !are_equal(small, large))
    throw Error("its weights are computed by other ops");
  return small;
}

void OpWriter::fail_attribute(const char* attribute) const {
  throw Error(fmt::format("its {} depends on the batch size or the width", attribute));
}

Index OpWriter::position(const char* attribute, Index axis, Both<Index> offset) const {
  const Both<Index> given = both<Index>(attribute);
  const Both<Index> value{given.small + offset.small, given.large + offset.large};
  if (value.small == value.large) return value.small;
  const Index from_end = value.small - op_.small->inputs[0].get().shape()[axis];
  if (from_end != value.large - op_.large->inputs[0].get().shape()[axis]) fail_attribute(attribute);
  return from_end == 0 ? std::numeric_limits<Index>::max() : from_end;
}

std::string OpWriter::array(const char* attribute) {
  const Both<Saved> arrays = both<Saved>(attribute);
  return values_.name({arrays.small.get(), arrays.large.get()});
}

std::string OpWriter::list(const char* attribute) {
  const auto lists = both<std::vector<Index>>(attribute);
  if (lists.small.empty() && lists.large.empty()) return "";
  return values_.name({Array::from(lists.small), Array::from(lists.large)});
}

Index OpWriter::axis(const char* attribute) const {
  return normalize_axis(op_.small->name.c_str(), integer(attribute),
                        op_.small->inputs[0].get().rank());
}

void OpWriter::result(const std::string& name, std::size_t i) {
  values_.add({op_.small->outputs[i].get(), op_.large->outputs[i].get()}, name);
}

}  // namespace scanline::exporting
