#include "framework/optim/clip.hpp"

#include <cmath>

namespace scanline::optim {

double clip_grad_norm(const std::vector<Tensor>& parameters, double max_norm) {
  double squares = 0;
  for (const Tensor& parameter : parameters) {
    const Array gradient = parameter.grad();
    if (!gradient.defined()) continue;
    dispatch("clip_grad_norm", gradient.dtype(), [&](auto zero) {
      const auto* g = gradient.data<decltype(zero)>();
      for (Index k = 0; k < gradient.size(); ++k)
        squares += static_cast<double>(g[k]) * static_cast<double>(g[k]);
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
