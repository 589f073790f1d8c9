#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "scanline/framework/autograd/saved.hpp"
#include "scanline/framework/core/array.hpp"

namespace scanline {

class InputGrads;

/// Adds to the gradients of an op's inputs what the gradient of its output, `grad`, contributes.
/// It captures the arrays that it needs by value, as `Saved`, and never the op's own output tensor:
/// that would be a cycle of references. The Error that it throws when one of them was changed in
/// place reaches the caller of `backward()`, with the name of the op.
using BackwardFunction = std::function<void(const Array& grad, InputGrads& inputs)>;

/// A place in the graph: one for each leaf that requires a gradient, and one for each op with an
/// input that does. Edges point from an op to its inputs, so the graph of a loss lives as long as
/// the loss does, and parameters outlive all graphs.
struct Node {
  /// The place of `value`, which `op` has made.
  Node(const char* op, const Array& value);
  /// Takes long chains apart one by one: the destructors of a million nodes, each inside the last,
  /// would overflow the stack.
  ~Node();
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  /// The gradient, filled with zeros when it is first asked for.
  Array& grad_or_zeros();
  /// Whether it was made by no op.
  bool is_leaf() const { return !backward && !freed; }

  const char* op;                             // "leaf", or the name of the op for error messages
  Shape shape;                                // of the value, and so of the gradient
  DType dtype;                                // of both
  Array grad;                                 // undefined until something is added to it
  std::vector<std::shared_ptr<Node>> inputs;  // null where an input needs no gradient
  BackwardFunction backward;                  // empty in a leaf, and once freed
  std::uint64_t sequence;  // creation order: inputs always come before what is made of them
  bool freed = false;      // a backward pass went through here and let go of what it saved
};

/// The gradients of an op's inputs, as its backward function sees them. It only ever adds to them:
/// a tensor that is used twice receives the sum.
class InputGrads {
 public:
  /// Those of `inputs`, which have to outlive it.
  explicit InputGrads(const std::vector<std::shared_ptr<Node>>& inputs) : inputs_(inputs) {}

  /// Whether input `i` wants a gradient; where not, work on it can be skipped.
  bool needed(std::size_t i) const { return inputs_[i] != nullptr; }

  /// The gradient of input `i`, to be added to, which counts as changed by that. Requires
  /// `needed(i)`.
  const Array& operator[](std::size_t i) const {
    const Array& grad = inputs_[i]->grad_or_zeros();
    grad.mark_changed();
    return grad;
  }

  /// Adds `grad`, of the input's shape, to the gradient of input `i` if that is needed. It may be
  /// kept, and added to, in the place of a copy: only for what the backward function was given or
  /// made, and lets go of.
  void pass_on(std::size_t i, Array grad);

  /// Adds `fn`, applied elementwise to operands that broadcast, to the gradient of input `i` if
  /// that is needed, summed over the axes along which the input was broadcast. Operands are arrays
  /// or `Saved`. Defined in make_op.hpp.
  template <std::size_t N, class Fn>
  void add(std::size_t i, const Operand (&operands)[N], Fn fn);

 private:
  const std::vector<std::shared_ptr<Node>>& inputs_;
};

}  // namespace scanline
