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

/// An extent of an array whose shape may depend on the batch size.
struct Extent {
  Index count = 0;         ///< The extent; times the batch size, if it is `per_image`.
  bool per_image = false;  ///< Whether it is a multiple of the batch size.
};
/// The extents of an array.
using Extents = std::vector<Extent>;

/// An attribute of an ONNX node.
struct OnnxAttribute {
  std::string name;
  std::variant<Index, std::string, std::vector<Index>, std::vector<std::string>> value;
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
  /// These extents as a list, which is computed where they depend on the batch size.
  std::string shape(const Extents& extents);
  /// Adds a node that brings a value to these extents.
  std::string reshape(const std::string& value, const Extents& extents);

  /// Declares the input of the graph, whose first axis is the batch.
  void input(const std::string& name, const Extents& extents);
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
  /// The batch size, as a list of one number.
  const std::string& batch_size();
  onnx::GraphProto& graph();

  std::unique_ptr<onnx::ModelProto> model_;
  std::map<std::string, int> names_;  // that are taken, and how often each was wanted
  std::map<std::vector<Index>, std::string> integers_;
  std::map<double, std::string> numbers_;
  std::string input_, batch_size_;
};

}  // namespace scanline::exporting
