#pragma once

#include <iosfwd>
#include <memory>
#include <string>

#include "scanline/framework/autograd/node.hpp"
#include "scanline/framework/core/array.hpp"

namespace scanline {

/// An array that can have a gradient. A Tensor is a handle: copies refer to the same value,
/// gradient and node of the graph. Ops (framework/ops) compute new tensors, and record a graph if
/// an input requires a gradient. `backward()` on a scalar then computes `grad()` of every leaf in
/// its graph.
class Tensor {
 public:
  /// An undefined tensor: `defined()` is false, and every other function throws Error.
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

  /// Whether it has a gradient: it is a leaf that requires one, or was computed from such a leaf.
  bool requires_grad() const { return node() != nullptr; }
  /// The gradient of this leaf, summed over all backward passes since `zero_grad()`. It has the
  /// shape of the value, and is undefined before the first pass. The gradients of results are freed
  /// during the pass.
  Array grad() const { return requires_grad() ? edge().get().grad : Array(); }
  /// Sets the gradient to zero, if there is one.
  void zero_grad() const;

  /// Adds d(this)/d(leaf) to the gradient of every leaf that requires one, and frees the graph with
  /// the arrays that its ops have saved. Several threads may call this at once, each for another
  /// graph, and the graphs may share leaves. No gradient is lost then, but the order of the sums,
  /// and so their last bits, can vary.
  /// @throws Error when this is not a scalar (one element), does not depend on anything that
  ///   requires a gradient, or an earlier pass has freed a part of its graph; and when an array
  ///   that an op saved was changed in place since, in which case some gradients may be complete
  ///   already.
  void backward() const;

  /// The same value outside the graph.
  Tensor detach() const { return Tensor(value()); }
  /// Replaces the value of a leaf, for every handle to it, and discards its gradient. `Module::to`
  /// converts parameters in this way. The former value is not changed, and a graph that was
  /// recorded before keeps it.
  /// @throws Error when this is not a leaf, the shapes differ, or a gradient is required of whole
  ///   numbers.
  void set_value(Array value) const;

  /// Makes a leaf require a gradient or none, for every handle to it, and discards its gradient. A
  /// parameter that requires none is not trained, and backward passes skip the work for it.
  /// @throws Error when this is not a leaf, or a gradient is required of whole numbers.
  void set_requires_grad(bool requires_grad) const;

  /// The node of the graph that made this tensor, null where it requires no gradient.
  const std::shared_ptr<Node>& node() const { return edge().node; }
  /// The node and the output of it that is this tensor. `make_op` needs it.
  const Node::Edge& edge() const { return state().edge; }

 private:
  friend Tensor make_result(Array value, Node::Edge edge);

  /// The state that all handles share. The value is separate from the node, so that a value that no
  /// backward function needs is freed while the graph is alive.
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

/// Makes a tensor of `value` and its node. `make_op` calls it.
Tensor make_result(Array value, Node::Edge edge);

/// The value as NumPy prints it, and whether the tensor has a gradient:
/// "tensor([1, 2], dtype=float32, requires_grad=true)" for a leaf, "..., op=add)" for a result.
std::string to_string(const Tensor& tensor);
/// Writes `to_string(tensor)`.
std::ostream& operator<<(std::ostream& out, const Tensor& tensor);

}  // namespace scanline
