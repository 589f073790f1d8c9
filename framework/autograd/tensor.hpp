#pragma once

#include <iosfwd>
#include <memory>
#include <string>

#include "scanline/framework/autograd/node.hpp"
#include "scanline/framework/core/array.hpp"

namespace scanline {

/// An array that remembers how it was made. A Tensor is a handle: copies refer to the same value,
/// gradient and place in the graph. Ops (framework/ops) make new tensors of old ones and record a
/// graph wherever an input requires a gradient; `backward()` on a scalar then fills in `grad()` of
/// every leaf that it was made of.
class Tensor {
 public:
  /// Refers to nothing; `defined()` is false, and every other function throws Error.
  Tensor() = default;
  /// A leaf of the graph. Parameters are leaves that require a gradient.
  /// @throws Error when `value` is undefined, or a gradient is required of whole numbers.
  explicit Tensor(Array value, bool requires_grad = false);

  /// Whether it refers to a value.
  bool defined() const { return state_ != nullptr; }
  /// The elements.
  const Array& value() const { return state().value; }
  /// The extents of the value.
  const Shape& shape() const { return value().shape(); }
  /// The extent of `axis`; negative axes count from the end.
  Index size(Index axis) const { return shape()[axis]; }
  /// The number of axes.
  Index rank() const { return value().rank(); }
  /// The element type.
  DType dtype() const { return value().dtype(); }
  /// The value of a tensor of one element.
  double item() const { return value().item(); }
  /// Position `index` of the first axis, counted from the end where it is negative: `select`, with
  /// which it is defined in ops/movement.cpp, along axis 0. Nothing is copied.
  /// @throws Error when there is no such position.
  Tensor operator[](Index index) const;

  /// Whether backward passes reach it: it is a leaf that was made so, or was made of one.
  bool requires_grad() const { return node() != nullptr; }
  /// What backward passes have added up for this leaf since `zero_grad()`: an array of the value's
  /// shape, undefined before the first pass. The gradients of results are let go on the way.
  Array grad() const { return requires_grad() ? edge().get().grad : Array(); }
  /// Sets the gradient to zero, where there is one.
  void zero_grad() const;

  /// Adds d(this)/d(leaf) to the gradient of every leaf that requires one, and frees the graph:
  /// what the ops saved for this pass goes back to the storage pool. Several threads may do so at
  /// once, each with another graph, and share leaves: no gradient is lost, but the order of
  /// the sums, and so their last bits, is left to chance.
  /// @throws Error when this is not a scalar (one element), does not depend on anything that
  ///   requires a gradient, or an earlier pass has freed a part of its graph; and when something
  ///   that an op saved was changed in place since, in which case some gradients may already have
  ///   been added to.
  void backward() const;

  /// The same value outside the graph.
  Tensor detach() const { return Tensor(value()); }
  /// Replaces the value of a leaf, for every handle to it, and drops its gradient. Converting a
  /// module's parameters is done so. The former value is not changed: a graph that was recorded
  /// before keeps it.
  /// @throws Error when this is not a leaf, the shapes differ, or a gradient is required of whole
  ///   numbers.
  void set_value(Array value) const;

  /// The node of the graph that made this tensor, null where it requires no gradient.
  const std::shared_ptr<Node>& node() const { return edge().node; }
  /// This tensor's place in the graph: the node, and which of its outputs. For `make_op`.
  const Node::Edge& edge() const { return state().edge; }

 private:
  friend Tensor make_result(Array value, Node::Edge edge);

  /// Shared by all handles. The value is separate from the node, so that a value that no gradient
  /// needs is freed while the graph lives on.
  struct State {
    Array value;
    Node::Edge edge;
  };
  State& state() const {
    if (!defined()) fail_undefined("tensor");
    return *state_;
  }

  std::shared_ptr<State> state_;
};

/// A tensor with `value` at a place in the graph. `make_op` calls it.
Tensor make_result(Array value, Node::Edge edge);

/// The value as NumPy prints it, and the tensor's part in the graph:
/// "tensor([1, 2], dtype=float32, requires_grad=true)" for a leaf, "..., op=add)" for a result.
std::string to_string(const Tensor& tensor);
/// Writes `to_string(tensor)`.
std::ostream& operator<<(std::ostream& out, const Tensor& tensor);

}  // namespace scanline
