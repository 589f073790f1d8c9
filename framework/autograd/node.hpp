#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "scanline/framework/core/array.hpp"

namespace scanline {

class InputGrads;

/// Adds to the gradients of an op's inputs what the gradient of its output, `grad`, contributes.
/// It captures the arrays that it needs by value, as `Saved`, and never an output tensor of the op:
/// that would be a cycle of references. The Error that it throws when one of them was changed in
/// place reaches the caller of `backward()`, with the name of the op.
using BackwardFunction = std::function<void(const Array& grad, InputGrads& inputs)>;

/// The backward function of an op with several outputs. Element i of `grads` is the gradient of
/// output i, undefined where none arrived.
using JointBackwardFunction =
    std::function<void(const std::vector<Array>& grads, InputGrads& inputs)>;

/// A node of the graph. Each leaf that requires a gradient has one, and so has each op with an
/// input that requires a gradient. Edges point from an op to its inputs, so the graph of a loss
/// lives as long as the loss does, and parameters outlive all graphs.
class Node {
 public:
  /// The gradient of an op's result or of a leaf, with its shape and type.
  struct Output {
    /// The gradient, which is filled with zeros when it is first requested.
    Array& grad_or_zeros();

    Shape shape;  // of the value, and so of the gradient
    DType dtype;  // of both
    Array grad;   // undefined until something is added to it
  };
  /// An input of an op: an output of another node.
  struct Edge {
    /// The output. Requires that there is a node.
    Output& get() const { return node->output(index); }

    std::shared_ptr<Node> node;  // null where the input needs no gradient
    std::size_t index = 0;       // of the node's outputs
  };

  /// A node whose first output is `value`. `op` is "leaf", or the name of the op in error messages.
  Node(const char* op, const Array& value);
  /// Destroys long chains iteratively. A million destructors that call each other would overflow
  /// the stack.
  ~Node();
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  /// Appends an output.
  void add_output(const Array& value);
  /// Output number i.
  Output& output(std::size_t i) { return i == 0 ? first_ : others_[i - 1]; }
  /// Takes the gradients that have arrived at the outputs and, if there are any, runs the op's
  /// backward function on them.
  void run_backward(InputGrads& inputs);
  /// Frees the edges and what the backward function saved.
  void free();
  /// Whether it was made by no op.
  bool is_leaf() const { return !backward && !joint_backward && !freed; }

  const char* op;            // "leaf", or the name of the op
  std::vector<Edge> inputs;  // those of the op, in its order
  // An op has one of the two functions, until it is freed.
  BackwardFunction backward;             // with one output
  JointBackwardFunction joint_backward;  // with several
  std::uint64_t sequence;  // creation order: inputs always come before what is made of them
  bool freed = false;      // a backward pass went through here

 private:
  // Most nodes have one output, which costs no allocation of its own.
  Output first_;
  std::vector<Output> others_;
};

}  // namespace scanline
