#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scanline/framework/core/array.hpp"

// The parts of an ONNX file that importing a model needs. A file is a message of Protocol Buffers
// (https://protobuf.dev/programming-guides/encoding), with the numbers of fields in onnx.proto. It
// is read here by hand, where it lies in memory: what a library makes of a message takes a hundred
// times the memory of the message, and so lets a small file take all there is.

namespace scanline::exporting {

/// The fields of a message, in turn.
class ProtoFields {
 public:
  explicit ProtoFields(std::string_view message) : rest_(message) {}
  /// Goes to the next field; false at the end. @throws Error for a damaged message.
  bool next();

  int number() const { return number_; }
  /// The value of a whole number. @throws Error for a field of another type.
  std::int64_t integer() const;
  /// The value of a float. @throws Error as `integer` does.
  float real() const;
  /// The value of a text, of bytes, or of a message. @throws Error as `integer` does.
  std::string_view bytes() const;
  /// Appends the value, or values, of a repeated field of whole numbers.
  void append_to(std::vector<Index>& values) const;
  /// Appends the same of a repeated field of numbers of `size` bytes each, as bytes.
  void append_to(std::string& values, std::size_t size) const;

 private:
  std::uint64_t varint();
  std::string_view take(std::uint64_t size);

  std::string_view rest_, bytes_;
  std::uint64_t integer_ = 0;
  int number_ = 0, type_ = 0;
};

/// A constant array.
struct OnnxTensor {
  explicit OnnxTensor(std::string_view message);
  /// The elements, converted to `dtype`. @throws Error for an element type other than float32,
  /// float64, int32 and int64, and where there are not as many elements as the shape says.
  Array array(DType dtype) const;
  /// The number of elements that it claims to have.
  Index size() const { return shape.element_count(); }

  std::string name;
  Shape shape;

 private:
  int type_ = 0;
  std::string_view raw_;
  std::string numbers_;          // where they are listed in a field of their type
  std::vector<Index> integers_;  // the same of whole numbers
};

/// An attribute of a node.
struct OnnxValue {
  explicit OnnxValue(std::string_view message);

  std::string name, text;
  std::optional<float> real;
  std::optional<Index> integer;
  std::vector<Index> integers;
  std::vector<std::string> texts;
  std::optional<OnnxTensor> tensor;
};

/// A node of the graph.
struct OnnxNode {
  explicit OnnxNode(std::string_view message);

  std::string name, type, domain;
  std::vector<std::string> inputs, outputs;
  std::map<std::string, OnnxValue> attributes;
};

/// An input of the graph: its name and its extents, -1 where an extent is not fixed.
struct OnnxInput {
  explicit OnnxInput(std::string_view message);

  std::string name;
  std::vector<Index> extents;
};

/// An ONNX model. It refers to the content of the file, which has to outlive it.
struct OnnxFile {
  /// @throws Error for a file that is no ONNX model.
  explicit OnnxFile(std::string_view content);

  std::map<std::string, std::string> metadata;
  std::map<std::string, OnnxTensor> constants;
  std::vector<std::string_view> nodes;  // messages, which OnnxNode reads
  std::vector<OnnxInput> inputs;        // of the graph, without constants
  std::vector<std::string> outputs;     // of the graph
};

}  // namespace scanline::exporting
