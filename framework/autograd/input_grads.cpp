#include "scanline/framework/autograd/input_grads.hpp"

#include <utility>

namespace scanline {

void InputGrads::take(std::size_t i, Array grad) const {
  if (!needed(i)) return;
  Node::Output& output = inputs_[i].get();
  if (output.grad.defined())
    add_to(output.grad, grad);
  else if (grad.shape() == output.shape)
    output.grad = std::move(grad);
  else if (broadcast_shapes("gradient", grad.shape(), output.shape) == output.shape)
    output.grad = expand(grad, output.shape);
  else
    add_to(output.grad_or_zeros(), grad);
}

}  // namespace scanline
