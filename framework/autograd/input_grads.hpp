#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "scanline/framework/autograd/node.hpp"
#include "scanline/framework/autograd/saved.hpp"
#include "scanline/framework/core/map.hpp"

namespace scanline {

/// What `InputGrads::add` reads: an array, or a saved one, which is checked only if it is read.
/// Refers to it, and so serves as an argument and for nothing else.
class Operand {
 public:
  /// An array of the op itself.
  Operand(const Array& array) : array_(&array) {}
  /// An array that the forward pass has saved.
  Operand(const Saved& saved) : saved_(&saved) {}
  /// The array. @throws Error as `Saved::get` does.
  const Array& get() const { return saved_ != nullptr ? saved_->get() : *array_; }

 private:
  const Array* array_ = nullptr;
  const Saved* saved_ = nullptr;
};

/// The gradients of an op's inputs, as its backward function sees them. It only ever adds to them:
/// a tensor that is used twice receives the sum.
class InputGrads {
 public:
  /// Those of `inputs`, which have to outlive it.
  explicit InputGrads(const std::vector<Node::Edge>& inputs) : inputs_(inputs) {}

  /// Whether input `i` wants a gradient; where not, work on it can be skipped.
  bool needed(std::size_t i) const { return inputs_[i].node != nullptr; }

  /// The gradient of input `i`, to be added to, which counts as changed by that. Requires
  /// `needed(i)`.
  const Array& operator[](std::size_t i) const {
    const Array& grad = inputs_[i].get().grad_or_zeros();
    grad.mark_changed();
    return grad;
  }

  /// Adds `fn`, applied elementwise to operands that broadcast, to the gradient of input `i` if
  /// that is needed, summed over the axes along which the input was broadcast. Operands are arrays
  /// or `Saved`.
  template <std::size_t N, class Fn>
  void add(std::size_t i, const Operand (&operands)[N], Fn fn) const {
    if (!needed(i)) return;
    const auto add_to_grad = [&]<std::size_t... I>(std::index_sequence<I...>) {
      accumulate("gradient", (*this)[i], {operands[I].get()...}, fn);
    };
    add_to_grad(std::make_index_sequence<N>());
  }

  /// Adds `grad`, of the input's shape, to the gradient of input `i` if that is needed. The array
  /// may be stored as the gradient and modified later, so pass only arrays that nobody else refers
  /// to: what the backward function made, or the gradient that it was given, once.
  void take(std::size_t i, Array grad) const;

 private:
  const std::vector<Node::Edge>& inputs_;
};

}  // namespace scanline
