#pragma once

#include <vector>

#include "scanline/framework/autograd/grad_mode.hpp"
#include "scanline/framework/autograd/input_grads.hpp"
#include "scanline/framework/autograd/tensor.hpp"
#include "scanline/framework/autograd/trace.hpp"
#include "scanline/framework/core/map.hpp"

namespace scanline {

/// Whether an op on these inputs is recorded in the graph: gradients are enabled, and an input
/// requires one. An op that saves large arrays for its backward pass can ask beforehand.
bool is_recorded(const std::vector<Tensor>& inputs);

/// Turns a value that was computed from `inputs` into a tensor, and records `backward` in the graph
/// if it `is_recorded`. This is all there is to an op:
///
///     Tensor dot(const Tensor& a, const Tensor& b) {
///       const auto product = [](auto u, auto v) { return u * v; };
///       const Saved as = a.value(), bs = b.value();
///       const Array sum = Array::zeros({}, a.dtype());
///       accumulate("dot", sum, {as, bs}, product);
///       return make_op("dot", {a, b}, sum, [=](const Array& grad, InputGrads& inputs) {
///         inputs.add(0, {grad, bs}, product);
///         inputs.add(1, {grad, as}, product);
///       });
///     }
///
/// `name` appears in error messages and must outlive the graph, as a literal does. `backward` is
/// called once at most. What it reads of the forward pass, it captures as `Saved`, and it never
/// captures the tensor that is returned: that would be a cycle of references. `attributes` are what
/// else determines the value; an op without them is exported wrongly. For an elementwise op of one
/// tensor, `unary_op` is shorter.
Tensor make_op(const char* name, const std::vector<Tensor>& inputs, Array value,
               BackwardFunction backward, Attributes attributes = {});

/// Makes an op with several results. `backward` receives the gradients of all of them. The gradient
/// of a result that got none is undefined.
std::vector<Tensor> make_op(const char* name, const std::vector<Tensor>& inputs,
                            const std::vector<Array>& values, JointBackwardFunction backward,
                            Attributes attributes = {});

}  // namespace scanline
