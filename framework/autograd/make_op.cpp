#include "framework/autograd/make_op.hpp"

#include <algorithm>
#include <utility>

namespace scanline {

Tensor make_op(const char* name, const std::vector<Tensor>& inputs, Array value,
               BackwardFunction backward) {
  const auto requires_grad = [](const Tensor& input) { return input.requires_grad(); };
  if (!grad_enabled() || std::none_of(inputs.begin(), inputs.end(), requires_grad))
    return Tensor(std::move(value));
  auto node = std::make_shared<Node>(name, value);
  node->inputs.reserve(inputs.size());
  for (const Tensor& input : inputs) node->inputs.push_back(input.node());
  node->backward = std::move(backward);
  return make_result(std::move(value), std::move(node));
}

}  // namespace scanline
