#include "framework/optim/clip.hpp"

#include <array>
#include <cmath>
#include <numeric>

namespace scanline::optim {
namespace {

/// In several sums side by side, since each addition has to wait for the last one of its sum.
template <class T>
double sum_of_squares(const T* values, Index count) {
  constexpr Index width = 16;
  std::array<double, width> sums{};
  Index k = 0;
  for (; k + width <= count; k += width)
    for (Index i = 0; i < width; ++i) {
      const auto value = static_cast<double>(values[k + i]);
      sums[static_cast<std::size_t>(i)] += value * value;
    }
  for (; k < count; ++k) sums[0] += static_cast<double>(values[k]) * static_cast<double>(values[k]);
  return std::accumulate(sums.begin(), sums.end(), 0.0);
}

}  // namespace

double clip_grad_norm(const std::vector<Tensor>& parameters, double max_norm) {
  double squares = 0;
  for (const Tensor& parameter : parameters) {
    const Array gradient = parameter.grad();
    if (!gradient.defined()) continue;
    dispatch("clip_grad_norm", gradient.dtype(), [&](auto zero) {
      squares += sum_of_squares(gradient.data<decltype(zero)>(), gradient.size());
    });
  }
  const double norm = std::sqrt(squares);
  const double scale = max_norm / (norm + 1e-6);
  if (!(scale < 1)) return norm;
  for (const Tensor& parameter : parameters) {
    const Array gradient = parameter.grad();
    if (!gradient.defined()) continue;
    dispatch("clip_grad_norm", gradient.dtype(), [&](auto zero) {
      using T = decltype(zero);
      T* g = gradient.data<T>();
      for (Index k = 0; k < gradient.size(); ++k) g[k] *= static_cast<T>(scale);
    });
  }
  return norm;
}

}  // namespace scanline::optim
