#include "scanline/framework/autograd/tensor.hpp"

#include <ostream>
#include <utility>

#include "scanline/framework/core/detail/array_text.hpp"
#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/format.hpp"

namespace scanline {

Tensor::Tensor(Array value, bool requires_grad)
    : state_(std::make_shared<State>(State{std::move(value), {}})) {
  check_defined("tensor", state_->value);
  if (!requires_grad) return;
  check_floating("tensor that requires a gradient", dtype());
  state_->edge.node = std::make_shared<Node>("leaf", state_->value);
}

void Tensor::zero_grad() const {
  const Array gradient = grad();
  if (gradient.defined()) gradient.fill(0);
}

void Tensor::set_value(Array value) const {
  check_defined("set_value", *this, value);
  if (requires_grad() && !node()->is_leaf())
    throw Error(fmt::format("set_value: the result of '{}' cannot be replaced", node()->op));
  if (value.shape() != shape())
    throw Error(fmt::format("set_value: shapes {} and {} differ", shape(), value.shape()));
  if (requires_grad()) check_floating("set_value", value.dtype());
  state_->value = std::move(value);
  if (!requires_grad()) return;
  Node::Output& output = edge().get();
  output.dtype = dtype();
  output.grad = Array();
}

void Tensor::set_requires_grad(bool requires_grad) const {
  check_defined("set_requires_grad", *this);
  if (node() != nullptr && !node()->is_leaf())
    throw Error(fmt::format("set_requires_grad: the result of '{}' is not a leaf", node()->op));
  if (requires_grad) check_floating("set_requires_grad", dtype());
  state_->edge = {requires_grad ? std::make_shared<Node>("leaf", value()) : nullptr};
}

Tensor make_result(Array value, Node::Edge edge) {
  Tensor result(std::move(value));
  result.state_->edge = std::move(edge);
  return result;
}

std::string to_string(const Tensor& tensor) {
  if (!tensor.defined()) return array_text("tensor", {});
  if (!tensor.requires_grad()) return array_text("tensor", tensor.value());
  const Node& node = *tensor.node();
  return array_text("tensor", tensor.value(),
                    node.is_leaf() ? ", requires_grad=true" : fmt::format(", op={}", node.op));
}

std::ostream& operator<<(std::ostream& out, const Tensor& tensor) {
  return out << to_string(tensor);
}

}  // namespace scanline
