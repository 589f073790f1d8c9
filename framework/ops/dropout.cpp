#include "scanline/framework/ops/dropout.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <cstdint>

#include "scanline/framework/autograd/make_op.hpp"
#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/parallel.hpp"
#include "scanline/framework/core/random.hpp"
#include "scanline/framework/dist/batch_share.hpp"

namespace scanline {
namespace {

/// The elements of a tensor as parts of those of the whole batch: `size` adjacent ones each, of
/// which part number i begins at element `first` + i `stride` there.
struct Parts {
  Index count, size, first, stride;
};

/// The parts of a tensor of this shape, whose axis `batch_axis` has the rows of the present share,
/// or several positions for each row; otherwise the tensor is a single part.
Parts parts_of_batch(const Shape& shape, Index size, Index batch_axis) {
  const dist::BatchShare& share = dist::present_share();
  const bool has_axis = batch_axis < shape.rank();
  if (share.is_whole() || size == 0 || !has_axis || shape[batch_axis] % share.rows != 0)
    return {1, size, 0, size};
  Index outer = 1;
  for (Index axis = 0; axis < batch_axis; ++axis) outer *= shape[axis];
  const Index per_row = size / outer / share.rows;
  return {outer, share.rows * per_row, share.first * per_row, share.total * per_row};
}

}  // namespace

Tensor dropout(const Tensor& x, double probability, Index batch_axis) {
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
    const Parts parts = parts_of_batch(x.shape(), mask.size(), batch_axis);
    for (Index part = 0; part < parts.count; ++part)
      parallel_for_ranges(parts.size, at_once, [&](Index begin, Index end) {
        std::array<std::uint32_t, at_once> bits;
        stream.from(parts.first + part * parts.stride + begin).fill_bits(bits.data(), end - begin);
        T* const own = mask.data<T>() + part * parts.size + begin;
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
