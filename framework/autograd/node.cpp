#include "scanline/framework/autograd/node.hpp"

#include <atomic>
#include <utility>

#include "scanline/framework/core/map.hpp"

namespace scanline {
namespace {

std::atomic<std::uint64_t> next_sequence{0};

}  // namespace

Node::Node(const char* op_name, const Array& value)
    : op(op_name), shape(value.shape()), dtype(value.dtype()), sequence(next_sequence++) {}

Node::~Node() {
  std::vector<std::shared_ptr<Node>> pending = std::move(inputs);
  while (!pending.empty()) {
    const std::shared_ptr<Node> node = std::move(pending.back());
    pending.pop_back();
    // The last handle: take the node's own edges before its destructor would follow them.
    if (node != nullptr && node.use_count() == 1)
      for (std::shared_ptr<Node>& input : node->inputs) pending.push_back(std::move(input));
  }
}

Array& Node::grad_or_zeros() {
  if (!grad.defined()) grad = Array::zeros(shape, dtype);
  return grad;
}

void InputGrads::pass_on(std::size_t i, Array grad) {
  if (!needed(i)) return;
  if (inputs_[i]->grad.defined())
    add_to(inputs_[i]->grad, grad);
  else
    inputs_[i]->grad = std::move(grad);
}

}  // namespace scanline
