#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "scanline/framework/autograd/node.hpp"
#include "scanline/framework/autograd/saved.hpp"
#include "scanline/framework/core/map.hpp"

namespace scanline {

/// An operand of `InputGrads::add`: an array, or a saved array, which is checked only if it is
/// read. An operand refers to the array, so use it only as an argument.
class Operand {
 public:
  /// Refers to an array.
  Operand(const Array& array) : array_(&array) {}
  /// Refers to an array that the forward pass has saved.
  Operand(const Saved& saved) : saved_(&saved) {}
  /// The array. @throws Error as `Saved::get` does.
  const Array& get() const { return saved_ != nullptr ? saved_->get() : *array_; }

 private:
  const Array* array_ = nullptr;
  const Saved* saved_ = nullptr;
};

/// The gradients of an op's inputs, for its backward function. A backward function always adds to
/// them, so that a tensor that is used twice receives the sum.
class InputGrads {
 public:
  /// The gradients of `inputs`, which have to outlive this object.
  explicit InputGrads(const std::vector<Node::Edge>& inputs) : inputs_(inputs) {}

  /// Whether input `i` needs a gradient. If not, the backward function can skip the work for it.
  bool needed(std::size_t i) const { return inputs_[i].node != nullptr; }

  /// The gradient of input `i`, for the caller to add to. The call counts as a change in place.
  /// Requires `needed(i)`.
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
      // What is first to arrive need not be added to zeros.
      if (inputs_[i].get().grad.defined())
        accumulate("gradient", (*this)[i], {operands[I].get()...}, fn);
      else
        take(i, map("gradient", {operands[I].get()...}, fn));
    };
    add_to_grad(std::make_index_sequence<N>());
  }

  /// Adds `grad` to the gradient of input `i` if that is needed, summed over the axes along which
  /// the input was broadcast. The array may be stored as the gradient and modified later, so pass
  /// only arrays that nobody else refers to: an array that the backward function made, or once the
  /// gradient that it received.
  void take(std::size_t i, Array grad) const;

 private:
  const std::vector<Node::Edge>& inputs_;
};

}  // namespace scanline
