#include "framework/ops/dropout.hpp"

#include <fmt/format.h>

#include "framework/autograd/make_op.hpp"
#include "framework/core/error.hpp"
#include "framework/core/random.hpp"

namespace scanline {

Tensor dropout(const Tensor& x, double probability) {
  if (!(probability >= 0 && probability < 1))
    throw Error(fmt::format("dropout: needs a probability in [0, 1), got {}", probability));
  const Array mask(x.shape(), x.dtype());  // 0, or the scale
  Random random = next_default_random();
  dispatch("dropout", x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const T scale = static_cast<T>(1 / (1 - probability));
    for (Index i = 0; i < mask.size(); ++i)
      mask.data<T>()[i] = random.uniform() < probability ? T{0} : scale;
  });
  const auto product = [](auto u, auto v) { return u * v; };
  return make_op("dropout", {x}, map("dropout", {x.value(), mask}, product),
                 [=](const Array& grad, InputGrads& inputs) {
                   inputs.add(0, {grad, mask}, product);
                 });
}

}  // namespace scanline
