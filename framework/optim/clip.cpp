#include "scanline/framework/optim/clip.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <numeric>
#include <vector>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/parallel.hpp"
#include "scanline/framework/optim/distinct.hpp"

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
  if (!(max_norm >= 0))
    throw Error(
        fmt::format("clip_grad_norm: expected a max_norm of at least 0, found {}", max_norm));
  check_distinct("clip_grad_norm", parameters);
  const auto for_each_gradient = [&](auto body) {
    parallel_for(static_cast<Index>(parameters.size()), [&](Index number) {
      const auto i = static_cast<std::size_t>(number);
      const Array gradient = parameters[i].grad();
      if (!gradient.defined()) return;
      dispatch("clip_grad_norm", gradient.dtype(),
               [&](auto zero) { body(i, gradient.data<decltype(zero)>(), gradient.size()); });
    });
  };
  std::vector<double> squares(parameters.size());
  for_each_gradient(
      [&](std::size_t i, const auto* g, Index count) { squares[i] = sum_of_squares(g, count); });
  const double norm = std::sqrt(std::accumulate(squares.begin(), squares.end(), 0.0));
  const double scale = max_norm / (norm + 1e-6);
  if (!(scale < 1)) return norm;
  for_each_gradient([&]<class T>(std::size_t i, T* g, Index count) {
    for (Index k = 0; k < count; ++k) g[k] *= static_cast<T>(scale);
    parameters[i].grad().mark_changed();
  });
  return norm;
}

}  // namespace scanline::optim
