#pragma once

#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "scanline/framework/core/array.hpp"

namespace onnx {
class GraphProto;
class ModelProto;
}  // namespace onnx

namespace scanline::exporting {

/// An extent of an array whose shape may depend on the batch size and on the width of lines.
struct Extent {
  Index count = 0;         ///< The extent, or what is multiplied by the following.
  bool per_image = false;  ///< Whether it is a multiple of the batch size.
  bool per_step = false;   ///< Whether it is a multiple of the steps of a line.

  /// Whether it is always the same.
  bool is_fixed() const { return !per_image && !per_step; }
};
/// The extents of an array.
using Extents = std::vector<Extent>;

/// An attribute of an ONNX node.
struct OnnxAttribute {
  std::string name;
  std::variant<Index, double, std::string, std::vector<Index>, std::vector<std::string>> value;
};
using OnnxAttributes = std::vector<OnnxAttribute>;

/// An ONNX model while it is written. Values are known by their names; "" stands for an optional
/// input that is not there.
class OnnxGraph {
 public:
  OnnxGraph();
  ~OnnxGraph();

  /// Adds a node with one output, and returns the name of that.
  std::string node(const std::string& type, const std::vector<std::string>& inputs,
                   const OnnxAttributes& attributes = {});
  /// Adds a node with several outputs, of which those with `true` are used. The names of the others
  /// are empty.
  std::vector<std::string> node(const std::string& type, const std::vector<std::string>& inputs,
                                const OnnxAttributes& attributes, const std::vector<bool>& outputs);
  /// Adds a constant, float32 or int64. Its name begins with `name`.
  /// @throws Error for another type.
  std::string constant(const std::string& name, const Array& values);
  /// A list of whole numbers as a constant.
  std::string integers(const std::vector<Index>& values);
  /// A float32 scalar as a constant.
  std::string number(double value);
  /// These extents as a list, which is computed where they are not fixed.
  std::string shape(const Extents& extents);
  /// Adds a node that brings a value to these extents.
  std::string reshape(const std::string& value, const Extents& extents);

  /// Declares the input of the graph, whose first axis is the batch.
  void input(const std::string& name, const Extents& extents);
  /// Declares the input of the graph as lines (batch, rows, width). Returns the name of the part of
  /// them that fills steps of so many columns.
  std::string line_input(const std::string& name, Index rows, Index step_columns);
  /// Declares a value as an output of the graph, with a name of its own.
  void output(const std::string& name, const std::string& value, const Extents& extents);
  /// Adds metadata.
  void metadata(const std::string& key, const std::string& value);
  /// The content of the file. @throws Error when ONNX's checker refuses the model, and when it is
  /// too large.
  std::string content() const;

 private:
  /// `name`, with a number where it is taken.
  std::string unused(const std::string& name);
  /// An extent of the input, as a list of one number.
  std::string input_size(Index axis);
  /// An extent, as a list of one number.
  std::string size(const Extent& extent);
  onnx::GraphProto& graph();

  std::unique_ptr<onnx::ModelProto> model_;
  std::map<std::string, int> names_;  // that are taken, and how often each was wanted
  std::map<std::vector<Index>, std::string> integers_;
  std::map<double, std::string> numbers_;
  std::string input_, batch_size_, steps_;
};

}  // namespace scanline::exporting
