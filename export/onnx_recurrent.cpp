#include <algorithm>
#include <cstring>
#include <span>

#include "scanline/export/detail/onnx_gates.hpp"
#include "scanline/export/detail/onnx_ops.hpp"

namespace scanline::exporting {
namespace {

/// ONNX's number of the element type int32.
constexpr Index int32 = 6;

const char* type_of(CellKind kind) {
  switch (kind) {
    case CellKind::lstm: return "LSTM";
    case CellKind::gru: return "GRU";
    default: return "RNN";
  }
}

/// The weights or biases of all directions: (D, ...), with the gates in ONNX's order.
class Stacked {
 public:
  Stacked(Index directions, Shape shape) {
    Shape all{directions};
    for (const Index extent : shape) all.push_back(extent);
    array_ = Array(all, DType::float32);
  }
  /// Appends an array (G H, ...).
  void append(const Array& own, std::span<const Index> gates) {
    const Index bytes = own.bytes() / static_cast<Index>(gates.size());
    for (const Index gate : gates) {
      std::memcpy(array_.raw() + written_, own.raw() + gate * bytes,
                  static_cast<std::size_t>(bytes));
      written_ += bytes;
    }
  }
  const Array& array() const { return array_; }

 private:
  Array array_;
  Index written_ = 0;  // bytes
};

/// The output of a node (T, D, B, H) as that of the op, (T, B, D H).
std::string joined_directions(OpWriter& op, const std::string& output, Index directions) {
  if (directions == 1) return op.graph.node("Squeeze", {output, op.graph.integers({1})});
  const std::vector<Index> order{0, 2, 1, 3};
  return op.graph.reshape(op.graph.node("Transpose", {output}, {{"perm", order}}),
                          op.output_extents(0));
}

}  // namespace

void write_recurrent_layer(OpWriter& op) {
  const auto kind = static_cast<CellKind>(op.integer("kind"));
  const Index directions = op.integer("directions");
  const bool has_bias = op.integer("has_bias") != 0, has_cell = traits(kind).has_cell_state;
  const std::span<const Index> gates = onnx_gates(kind);
  // The op's inputs are x, h, c of an LSTM, and the parameters of each direction.
  const std::size_t first = has_cell ? 3 : 2;
  const Shape of_x = op.constant_input(first).shape(), of_h = op.constant_input(first + 1).shape();
  const Index hidden = of_h[1];
  Stacked w(directions, of_x), r(directions, of_h), b(directions, {2 * of_h[0]});
  for (std::size_t d = 0, i = first; d < static_cast<std::size_t>(directions); ++d) {
    w.append(op.constant_input(i++), gates);
    r.append(op.constant_input(i++), gates);
    if (!has_bias) continue;
    b.append(op.constant_input(i++), gates);
    b.append(op.constant_input(i++), gates);
  }
  const std::string lengths = op.list("lengths");
  const auto state = [&](std::size_t i) -> std::string {
    if (op.input_extents(i).size() == 1) return "";  // an empty array, which stands for zeros
    return op.input(i);
  };
  std::vector<std::string> inputs{op.input(0), op.graph.constant("W", w.array()),
                                  op.graph.constant("R", r.array())};
  inputs.resize(has_cell ? 7 : 6);
  if (has_bias) inputs[3] = op.graph.constant("B", b.array());
  if (!lengths.empty()) inputs[4] = op.graph.node("Cast", {lengths}, {{"to", int32}});
  inputs[5] = state(1);
  if (has_cell) inputs[6] = state(2);
  while (inputs.back().empty()) inputs.pop_back();

  OnnxAttributes attributes{
      {"hidden_size", hidden},
      {"direction", directions == 2 ? std::string("bidirectional") : std::string("forward")}};
  if (kind == CellKind::gru) attributes.push_back({"linear_before_reset", Index{1}});
  if (kind == CellKind::rnn_relu)
    attributes.push_back(
        {"activations", std::vector<std::string>(static_cast<std::size_t>(directions), "Relu")});
  std::vector<bool> used{op.is_used(0), op.is_used(1)};
  if (has_cell) used.push_back(op.is_used(2));
  const std::vector<std::string> results = op.graph.node(type_of(kind), inputs, attributes, used);
  if (used[0]) op.result(joined_directions(op, results[0], directions));
  for (std::size_t i = 1; i < used.size(); ++i)
    if (used[i]) op.result(results[i], i);
}

}  // namespace scanline::exporting
