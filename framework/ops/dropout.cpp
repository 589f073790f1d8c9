#include "framework/ops/dropout.hpp"

#include <fmt/format.h>

#include "framework/autograd/make_op.hpp"
#include "framework/core/error.hpp"
#include "framework/core/parallel.hpp"
#include "framework/core/random.hpp"

namespace scanline {

Tensor dropout(const Tensor& x, double probability) {
  if (!(probability >= 0 && probability < 1))
    throw Error(fmt::format("dropout: needs a probability in [0, 1), got {}", probability));
  const Array mask(x.shape(), x.dtype());  // 0, or the scale
  const Random stream = next_default_random();
  dispatch("dropout", x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const T scale = static_cast<T>(1 / (1 - probability));
    constexpr Index worth_waking_a_thread = 1 << 14;
    parallel_for_ranges(mask.size(), worth_waking_a_thread, [&](Index begin, Index end) {
      Random random = stream.from(static_cast<std::uint32_t>(begin));
      for (Index i = begin; i < end; ++i)
        mask.data<T>()[i] = random.uniform() < probability ? T{0} : scale;
    });
  });
  const auto product = [](auto u, auto v) { return u * v; };
  return make_op("dropout", {x}, map("dropout", {x.value(), mask}, product),
                 [=](const Array& grad, InputGrads& inputs) {
                   inputs.add(0, {grad, mask}, product);
                 });
}

}  // namespace scanline
