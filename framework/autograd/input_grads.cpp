#include "scanline/framework/autograd/input_grads.hpp"

namespace scanline {

void InputGrads::take(std::size_t i, Array grad) const {
  if (!needed(i)) return;
  Array& present = inputs_[i].get().grad;
  if (present.defined())
    add_to(present, grad);
  else
    present = std::move(grad);
}

}  // namespace scanline
