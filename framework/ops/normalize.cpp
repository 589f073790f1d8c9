#include "scanline/framework/ops/normalize.hpp"

#include "scanline/framework/ops/composed.hpp"
#include "scanline/framework/ops/elementwise.hpp"
#include "scanline/framework/ops/reduce.hpp"

namespace scanline {

Moments moments(const Tensor& x, const std::vector<Index>& axes) {
  return composed("moments", [&] {
    const Tensor average = mean(x, axes, /*keep_axes=*/true);
    const Tensor deviation = x - average;
    return Moments{average, mean(deviation * deviation, axes, /*keep_axes=*/true)};
  });
}

Tensor standardize(const Tensor& x, const Moments& moments, double epsilon) {
  return composed("standardize",
                  [&] { return (x - moments.mean) / sqrt(moments.variance + epsilon); });
}

}  // namespace scanline
