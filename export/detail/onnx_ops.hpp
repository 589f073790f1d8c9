#pragma once

#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "scanline/export/detail/onnx_graph.hpp"
#include "scanline/export/onnx_model.hpp"
#include "scanline/framework/autograd/trace.hpp"
#include "scanline/framework/core/named_arrays.hpp"

namespace scanline::exporting {

/// What was computed at two batch sizes and, of lines, at two widths.
template <class T>
struct Both {
  T small, large;
};
inline constexpr Both<Index> batch_sizes{2, 3};
inline constexpr Both<Index> line_steps{11, 13};  // of a network that reads lines

/// The extents of an array, from its shapes in the two cases.
/// @throws Error for an extent that is not fixed, nor a multiple of the batch size, of the steps of
///   a line or of both.
Extents extents_of(const Shape& small, const Shape& large);

/// The names that arrays have in an ONNX graph. Arrays that no op has made are constants, which are
/// added to the graph when they are first used.
class OnnxValues {
 public:
  /// `parameters` have names of their own.
  OnnxValues(OnnxGraph& graph, const NamedArrays& parameters);

  /// Whether it has a name already.
  bool contains(const Both<Array>& array) const;
  /// Gives an array a name.
  void add(const Both<Array>& array, const std::string& name);
  /// The name of an array.
  /// @throws Error for an array that depends on the batch in another way than through ops.
  const std::string& name(const Both<Array>& array);

 private:
  /// The elements in memory, their shape and type.
  using Key = std::tuple<const std::byte*, std::vector<Index>, DType>;
  static Key key(const Array& array);
  std::string add_constant(const Both<Array>& array);

  OnnxGraph& graph_;
  std::map<Key, std::string> parameters_;
  Both<std::map<Key, std::string>> names_;
  std::vector<Both<Array>> kept_;  // so that no other array takes their memory
};

/// One call of an op that is to be written as ONNX nodes.
class OpWriter {
 public:
  OpWriter(OnnxGraph& to, OnnxValues& values, const Both<const TracedOp*>& op,
           std::vector<bool> used)
      : graph(to), values_(values), op_(op), used_(std::move(used)) {}

  /// The name of an input. @throws Error when it cannot be known for any batch size.
  std::string input(std::size_t i) { return values_.name(input_arrays(i)); }
  std::vector<std::string> inputs();
  /// The extents of an input or a result.
  Extents input_extents(std::size_t i) const;
  Extents output_extents(std::size_t i) const;
  /// The extents of the first result along an axis.
  Both<Index> output_sizes(Index axis) const {
    return {op_.small->outputs[0].get().shape()[axis], op_.large->outputs[0].get().shape()[axis]};
  }
  /// The elements of an input that is a constant. @throws Error when it is computed.
  const Array& constant_input(std::size_t i) const;

  /// Whether the op has an attribute.
  bool has(const char* attribute) const { return op_.small->attributes.count(attribute) > 0; }
  /// An attribute. @throws Error when it depends on the batch size.
  Index integer(const char* attribute) const { return same<Index>(attribute); }
  double number(const char* attribute) const { return same<double>(attribute); }
  std::vector<Index> integers(const char* attribute) const {
    return same<std::vector<Index>>(attribute);
  }
  /// An attribute that is a position along an axis of the first input, counted from the end where
  /// only this is the same for any batch size; `offset` is added to it.
  Index position(const char* attribute, Index axis, Both<Index> offset = {0, 0}) const;
  /// The name of an attribute that is an array.
  std::string array(const char* attribute);
  /// The same of whole numbers, one for each sequence or none; none: "".
  std::string list(const char* attribute);
  /// An axis that an attribute names, counted from the front.
  Index axis(const char* attribute = "axis") const;

  /// Whether a result is used.
  bool is_used(std::size_t i) const { return used_[i]; }
  /// Gives a result its name.
  void result(const std::string& name, std::size_t i = 0);

  OnnxGraph& graph;

 private:
  template <class T>
  Both<T> both(const char* attribute) const {
    return {std::get<T>(op_.small->attributes.at(attribute)),
            std::get<T>(op_.large->attributes.at(attribute))};
  }
  template <class T>
  T same(const char* attribute) const {
    const Both<T> value = both<T>(attribute);
    if (value.small != value.large) fail_attribute(attribute);
    return value.small;
  }
  [[noreturn]] void fail_attribute(const char* attribute) const;
  Both<Array> input_arrays(std::size_t i) const;

  OnnxValues& values_;
  Both<const TracedOp*> op_;
  std::vector<bool> used_;
};

/// Writes an op.
using WriteOp = void (*)(OpWriter& op);

/// The ops that are operators of ONNX with the same inputs, by name.
const OnnxOperators& onnx_operators();
/// Writes such an op. One operand may be a number, the attribute `left` or `right`.
void write_operator(OpWriter& op, const std::string& type);
/// The other ops that can be written, by name.
const std::map<std::string, WriteOp>& onnx_ops();

/// Writes the op `recurrent_layer`.
void write_recurrent_layer(OpWriter& op);

}  // namespace scanline::exporting
