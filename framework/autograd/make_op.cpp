#include "scanline/framework/autograd/make_op.hpp"

#include <algorithm>
#include <utility>

namespace scanline {

bool is_recorded(const std::vector<Tensor>& inputs) {
  const auto requires_grad = [](const Tensor& input) { return input.requires_grad(); };
  return grad_enabled() && std::any_of(inputs.begin(), inputs.end(), requires_grad);
}

Tensor make_op(const char* name, const std::vector<Tensor>& inputs, Array value,
               BackwardFunction backward) {
  if (!is_recorded(inputs)) return Tensor(std::move(value));
  auto node = std::make_shared<Node>(name, value);
  node->inputs.reserve(inputs.size());
  for (const Tensor& input : inputs) node->inputs.push_back(input.node());
  node->backward = std::move(backward);
  return make_result(std::move(value), std::move(node));
}

std::vector<Tensor> make_op(const char* name, const std::vector<Tensor>& inputs,
                            const std::vector<Array>& values, JointBackwardFunction backward) {
  // A node has one result. So each result gets a node of its own, which only keeps the gradient
  // that arrives for the node behind all of them; that one runs once the results have had their
  // turns.
  const auto grads = std::make_shared<std::vector<Array>>(values.size());
  const Tensor joint =
      make_op(name, inputs, Array({0}, values.front().dtype()),
              [grads, backward = std::move(backward)](const Array&, InputGrads& of_inputs) {
                backward(*grads, of_inputs);
              });
  std::vector<Tensor> results;
  for (std::size_t i = 0; i < values.size(); ++i)
    results.push_back(
        make_op(name, {joint}, values[i], [grads, i](const Array& grad, InputGrads& of_joint) {
          (*grads)[i] = grad;
          of_joint[0];  // now the joint node has a gradient, and so gets its turn
        }));
  return results;
}

}  // namespace scanline
