#pragma once

#include <functional>
#include <utility>
#include <vector>

#include "scanline/framework/autograd/grad_mode.hpp"
#include "scanline/framework/autograd/node.hpp"
#include "scanline/framework/autograd/tensor.hpp"
#include "scanline/framework/core/map.hpp"

namespace scanline {

/// Whether an op on these inputs is recorded: gradients are on, and one of them requires its own.
/// An op that saves much for its backward pass may ask.
bool is_recorded(const std::vector<Tensor>& inputs);

/// Turns a value that was computed from `inputs` into a tensor, and records `backward` in the graph
/// if it `is_recorded`. This is all there is to an op:
///
///     Tensor softsign(const Tensor& x) {
///       const Saved xs = x.value();
///       return make_op("softsign", {x},
///                      map("softsign", {xs}, [](auto v) { return v / (1 + std::abs(v)); }),
///                      [xs](const Array& grad, InputGrads& inputs) {
///         inputs.add(0, {grad, xs}, [](auto g, auto v) {
///           return g / ((1 + std::abs(v)) * (1 + std::abs(v)));
///         });
///       });
///     }
///
/// `name` appears in error messages and must outlive the graph, as a literal does. What `backward`
/// reads of the forward pass, it captures as `Saved`.
Tensor make_op(const char* name, const std::vector<Tensor>& inputs, Array value,
               BackwardFunction backward);

/// The backward function of an op with several results. Element i of `grads` is the gradient of
/// result i, undefined where none arrived.
using JointBackwardFunction =
    std::function<void(const std::vector<Array>& grads, InputGrads& inputs)>;

/// The same for an op with several results, whose gradients are wanted together.
std::vector<Tensor> make_op(const char* name, const std::vector<Tensor>& inputs,
                            const std::vector<Array>& values, JointBackwardFunction backward);

template <std::size_t N, class Fn>
void InputGrads::add(std::size_t i, const Operand (&operands)[N], Fn fn) {
  if (!needed(i)) return;
  const auto add_to_grad = [&]<std::size_t... I>(std::index_sequence<I...>) {
    accumulate("gradient", (*this)[i], {operands[I].get()...}, fn);
  };
  add_to_grad(std::make_index_sequence<N>());
}

}  // namespace scanline
