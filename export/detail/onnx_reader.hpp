#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "scanline/export/detail/onnx_file.hpp"
#include "scanline/export/onnx_import.hpp"
#include "scanline/framework/autograd/tensor.hpp"

namespace scanline::exporting {

/// Elements that are called `first`, `first` + 1, ..., as float64.
Tensor numbered(double first, const Shape& shape);

/// Follows the graph of a classifier for a few images. The elements of a value are not computed:
/// each has a number that says what it is, such as pixel 5 or the final hidden state of unit 3.
/// Nodes that only move elements, move these numbers. So it is known what a recurrent layer or the
/// head reads, whichever nodes a program has written in between.
class OnnxReader {
 public:
  /// @throws Error unless the graph has one input that is an image.
  explicit OnnxReader(const OnnxFile& file);
  /// Follows all nodes. @throws Error for the first one that does not fit.
  ImportedModel read();

 private:
  /// A value of the graph, float64.
  struct Value {
    Tensor elements;
    bool is_known = false;  // elements are numbers; otherwise they say what is there
    // Pixels: that they were normalized to (pixel - mean) / deviation.
    double mean = 0, deviation = 1;
    bool is_probability = false;  // logits, after Softmax
  };
  using Node = void (OnnxReader::*)(const OnnxNode& node);
  static const std::map<std::string, Node>& table();

  void read_input(const OnnxInput& input);
  void follow(const OnnxNode& node);
  void check_output();
  std::map<std::string, std::string> description() const;

  // Nodes that move elements or compute shapes.
  void pass_on(const OnnxNode& node);
  void cast(const OnnxNode& node);
  void constant(const OnnxNode& node);
  void constant_of_shape(const OnnxNode& node);
  void shape(const OnnxNode& node);
  void transpose(const OnnxNode& node);
  void reshape(const OnnxNode& node);
  void flatten(const OnnxNode& node);
  void squeeze(const OnnxNode& node);
  void unsqueeze(const OnnxNode& node);
  void gather(const OnnxNode& node);
  void slice(const OnnxNode& node);
  void split(const OnnxNode& node);
  void concat(const OnnxNode& node);
  void expand(const OnnxNode& node);
  // Nodes that compute.
  void normalize(const OnnxNode& node);
  void add(const OnnxNode& node);
  void recurrent(const OnnxNode& node);
  void gemm(const OnnxNode& node);
  void softmax(const OnnxNode& node);

  bool has_input(const OnnxNode& node, std::size_t i) const {
    return i < node.inputs.size() && !node.inputs[i].empty();
  }
  const Value& input(const OnnxNode& node, std::size_t i);
  /// The numbers of an input that is known.
  std::vector<Index> integers(const OnnxNode& node, std::size_t i);
  /// The same, or those of an attribute in older opsets.
  std::vector<Index> integers(const OnnxNode& node, std::size_t i, const char* attribute);
  /// A constant as float32. @throws Error for a value that depends on pixels.
  Array weights(const OnnxNode& node, std::size_t i);
  Index attribute(const OnnxNode& node, const char* name, Index otherwise) const;
  Index axis(const OnnxNode& node, Index otherwise, Index rank) const;
  void result(const OnnxNode& node, Value value, std::size_t i = 0);
  /// Counts elements that are about to be made or looked at. @throws Error for too many in all.
  void spend(Index elements);
  /// The same for a value of this shape. An extent of 0 counts as 1, since it leaves the other
  /// extents to loop over.
  void spend(const Shape& shape);

  static void check_attributes(const OnnxNode& node);
  void check_states(const OnnxNode& node);
  void check_sequence(const Value& x);
  void read_weights(const OnnxNode& node, Index features);
  /// Stores the matrix (classes, features) of the head, which has to read the final states.
  void read_head(const OnnxNode& node, const Value& x, const Array& weight);
  void add_bias(const Array& bias);
  /// Whether these are the logits, or the probabilities that Softmax makes of them.
  bool is_output(const Value& value);
  bool is_logits(const Value& value) { return !value.is_probability && is_output(value); }

  const OnnxFile& file_;
  std::map<std::string, Value> values_;
  std::set<const void*> copied_;  // the arrays that `weights` has copied
  Index spent_ = 0;
  Index rows_ = 0, columns_ = 0, batch_ = 0;
  Tensor image_;   // (rows, B, columns)
  Tensor output_;  // of the last recurrent layer, (rows, B, D H)
  Tensor states_;  // its final hidden states, (B, D H)
  Index layers_ = 0, directions_ = 0, hidden_ = 0, classes_ = 0;
  double logits_ = 0;  // what the first logit is called
  double mean_ = 0, deviation_ = 1;
  std::string kind_;  // "lstm", "gru" or "rnn"; empty before the first recurrent layer
  ImportedModel model_;
};

}  // namespace scanline::exporting
