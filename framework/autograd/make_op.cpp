#include "scanline/framework/autograd/make_op.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include "scanline/framework/autograd/op_observer.hpp"

namespace scanline {
namespace {

std::shared_ptr<Node> make_node(const char* name, const std::vector<Tensor>& inputs,
                                const Array& value) {
  auto node = std::make_shared<Node>(name, value);
  node->inputs.reserve(inputs.size());
  for (const Tensor& input : inputs) node->inputs.push_back(input.edge());
  return node;
}

/// Adds the op to the trace, if there is one.
void add_to_trace(const char* name, const std::vector<Tensor>& inputs,
                  std::span<const Array> outputs, Attributes attributes) {
  Trace* const trace = Trace::current();
  if (trace == nullptr) return;
  TracedOp op{name, {}, {outputs.begin(), outputs.end()}, copy_attributes(attributes)};
  for (const Tensor& input : inputs) op.inputs.emplace_back(input.value());
  trace->add(std::move(op));
}

void tell_observers(const char* name, const std::vector<Tensor>& inputs,
                    std::span<const Array> results, const Node* node) {
  for (OpObserver* observer : OpObserver::all()) observer->after_op(name, inputs, results, node);
}

}  // namespace

bool is_recorded(const std::vector<Tensor>& inputs) {
  const auto requires_grad = [](const Tensor& input) { return input.requires_grad(); };
  return grad_enabled() && std::any_of(inputs.begin(), inputs.end(), requires_grad);
}

Tensor make_op(const char* name, const std::vector<Tensor>& inputs, Array value,
               BackwardFunction backward, Attributes attributes) {
  add_to_trace(name, inputs, {&value, 1}, attributes);
  std::shared_ptr<Node> node;
  if (is_recorded(inputs)) {
    node = make_node(name, inputs, value);
    node->backward = std::move(backward);
  }
  tell_observers(name, inputs, {&value, 1}, node.get());
  return make_result(std::move(value), {std::move(node)});
}

std::vector<Tensor> make_op(const char* name, const std::vector<Tensor>& inputs,
                            const std::vector<Array>& values, JointBackwardFunction backward,
                            Attributes attributes) {
  add_to_trace(name, inputs, values, attributes);
  std::shared_ptr<Node> node;
  if (is_recorded(inputs)) {
    node = make_node(name, inputs, values.front());
    for (std::size_t i = 1; i < values.size(); ++i) node->add_output(values[i]);
    node->joint_backward = std::move(backward);
  }
  tell_observers(name, inputs, values, node.get());
  std::vector<Tensor> results;
  for (std::size_t i = 0; i < values.size(); ++i)
    results.push_back(make_result(values[i], {node, i}));
  return results;
}

}  // namespace scanline
