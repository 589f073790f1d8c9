#include "scanline/framework/autograd/make_op.hpp"

#include <algorithm>

namespace scanline {
namespace {

std::shared_ptr<Node> make_node(const char* name, const std::vector<Tensor>& inputs,
                                const Array& value, BackwardFunction backward) {
  auto node = std::make_shared<Node>(name, value);
  node->inputs.reserve(inputs.size());
  for (const Tensor& input : inputs) node->inputs.push_back(input.edge());
  node->backward = std::move(backward);
  return node;
}

}  // namespace

bool is_recorded(const std::vector<Tensor>& inputs) {
  const auto requires_grad = [](const Tensor& input) { return input.requires_grad(); };
  return grad_enabled() && std::any_of(inputs.begin(), inputs.end(), requires_grad);
}

Tensor detail::record(const char* name, const std::vector<Tensor>& inputs, Array value,
                      BackwardFunction backward) {
  if (!is_recorded(inputs)) return Tensor(std::move(value));
  auto node = make_node(name, inputs, value, std::move(backward));
  return make_result(std::move(value), {std::move(node)});
}

std::vector<Tensor> make_op(const char* name, const std::vector<Tensor>& inputs,
                            const std::vector<Array>& values, BackwardFunction backward) {
  const auto node =
      is_recorded(inputs) ? make_node(name, inputs, values.front(), std::move(backward)) : nullptr;
  std::vector<Tensor> results;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i > 0 && node != nullptr) node->add_output(values[i]);
    results.push_back(make_result(values[i], {node, i}));
  }
  return results;
}

}  // namespace scanline
