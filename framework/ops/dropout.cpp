#include "scanline/framework/ops/dropout.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <cstdint>

#include "scanline/framework/autograd/make_op.hpp"
#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/parallel.hpp"
#include "scanline/framework/core/random.hpp"

namespace scanline {

Tensor dropout(const Tensor& x, double probability) {
  check_defined("dropout", x);
  if (!(probability >= 0 && probability < 1))
    throw Error(fmt::format("dropout: needs a probability in [0, 1), got {}", probability));
  const Array mask(x.shape(), x.dtype());  // 0, or the scale
  const Random stream = next_default_random();
  dispatch("dropout", x.dtype(), [&]<class T>(T) {
    const T scale = static_cast<T>(1 / (1 - probability));
    // A uniform number is a multiple of 2^-24, made of as many of the bits.
    const auto threshold = static_cast<std::uint32_t>(std::ceil(probability * 0x1p24));
    constexpr Index at_once = 1 << 12;
    parallel_for_ranges(mask.size(), at_once, [&](Index begin, Index end) {
      std::array<std::uint32_t, at_once> bits;
      stream.from(begin).fill_bits(bits.data(), end - begin);
      T* const own = mask.data<T>() + begin;
      for (Index i = 0; i < end - begin; ++i)
        own[i] = bits[static_cast<std::size_t>(i)] >> 8 < threshold ? T{0} : scale;
    });
  });
  const auto product = [](auto u, auto v) { return u * v; };
  return make_op("dropout", {x}, map("dropout", {x.value(), mask}, product),
                 [product, mask = Saved(mask)](const Array& grad, InputGrads& inputs) {
                   inputs.add(0, {grad, mask}, product);
                 });
}

}  // namespace scanline
