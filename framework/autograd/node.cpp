#include "scanline/framework/autograd/node.hpp"

#include <algorithm>
#include <atomic>
#include <utility>

namespace scanline {
namespace {

std::atomic<std::uint64_t> next_sequence{0};

}  // namespace

Array& Node::Output::grad_or_zeros() {
  if (!grad.defined()) grad = Array::zeros(shape, dtype);
  return grad;
}

Node::Node(const char* op_name, const Array& value)
    : op(op_name), sequence(next_sequence++), first_{value.shape(), value.dtype(), {}} {}

Node::~Node() {
  std::vector<Edge> pending = std::move(inputs);
  while (!pending.empty()) {
    const std::shared_ptr<Node> node = std::move(pending.back().node);
    pending.pop_back();
    // The last handle: take the node's own edges before its destructor would follow them.
    if (node != nullptr && node.use_count() == 1)
      for (Edge& input : node->inputs) pending.push_back(std::move(input));
  }
}

void Node::add_output(const Array& value) { others_.push_back({value.shape(), value.dtype(), {}}); }

void Node::run_backward(InputGrads& input_grads) {
  if (backward) {
    const Array grad = std::exchange(first_.grad, Array());
    if (grad.defined()) backward(grad, input_grads);
    return;
  }
  std::vector<Array> grads;
  for (std::size_t i = 0; i <= others_.size(); ++i)
    grads.push_back(std::exchange(output(i).grad, Array()));
  // Nothing arrives at an op whose results the others used without passing a gradient on.
  const auto is_defined = [](const Array& grad) { return grad.defined(); };
  if (std::any_of(grads.begin(), grads.end(), is_defined)) joint_backward(grads, input_grads);
}

void Node::free() {
  backward = nullptr;
  joint_backward = nullptr;
  inputs.clear();
  freed = true;
}

}  // namespace scanline
