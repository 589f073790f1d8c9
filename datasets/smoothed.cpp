#include "scanline/datasets/detail/smoothed.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <utility>
#include <vector>

namespace scanline::datasets {
namespace {

/// The standard deviation of the noise, from the median of second differences: edges and strokes
/// are few. A second difference of independent values has six times their variance.
double noise_of(const Plane& levels) {
  std::vector<float> differences;
  const std::size_t step = sampling_step(levels.values.size());
  for (std::size_t p = 0; p + 2 < levels.values.size(); p += step)
    differences.push_back(
        std::abs(levels.values[p] - 2 * levels.values[p + 1] + levels.values[p + 2]));
  if (differences.empty()) return 0;
  return static_cast<double>(quantile(std::move(differences), 0.5)) / 0.6745 / std::sqrt(6.0);
}

/// Replaces each value by the median of the nine around it.
Plane median_around(const Plane& plane) {
  Plane result = plane;
  std::array<float, 9> values{};
  for (Index r = 1; r + 1 < plane.rows; ++r)
    for (Index c = 1; c + 1 < plane.columns; ++c) {
      for (Index i = 0; i < 9; ++i)
        values[static_cast<std::size_t>(i)] = plane.values[plane.at(r - 1 + i / 3, c - 1 + i % 3)];
      std::nth_element(values.begin(), values.begin() + 4, values.end());
      result.values[plane.at(r, c)] = values[4];
    }
  return result;
}

/// The share of pixels that stand out from all of their neighbours by this much, of a sample.
double share_of_impulses(const Plane& plane, double contrast) {
  const Index step = std::max<Index>(plane.rows / 200, 1);
  Index count = 0, total = 0;
  for (Index r = 1; r + 1 < plane.rows; r += step)
    for (Index c = 1; c + 1 < plane.columns; ++c, ++total) {
      float low = std::numeric_limits<float>::max(), high = std::numeric_limits<float>::lowest();
      for (Index i = 0; i < 9; ++i) {
        if (i == 4) continue;
        const float other = plane.values[plane.at(r - 1 + i / 3, c - 1 + i % 3)];
        low = std::min(low, other);
        high = std::max(high, other);
      }
      const float value = plane.values[plane.at(r, c)];
      if (static_cast<double>(std::max(value - high, low - value)) > contrast) ++count;
    }
  return static_cast<double>(count) / static_cast<double>(std::max<Index>(total, 1));
}

}  // namespace

Smoothed smoothed(const Plane& levels) {
  constexpr Index small_side = 64;
  const double noise = noise_of(levels);
  if (std::min(levels.rows, levels.columns) < small_side) return {levels, noise};
  const Plane means = mean_around(levels, 2);
  const double contrast = static_cast<double>(sampled_quantile(means, 0.995)) -
                          static_cast<double>(sampled_quantile(means, 0.005));
  if (share_of_impulses(levels, contrast / 4) > 0.002) {
    // Twice, so that impulses that touch each other vanish too.
    Plane result = median_around(median_around(levels));
    const double rest = noise_of(result);
    return {std::move(result), rest};
  }
  const double side = static_cast<double>(std::min(levels.rows, levels.columns));
  Index radius = 0;
  while (noise / static_cast<double>(2 * radius + 1) > contrast / 12 &&
         static_cast<double>(2 * radius + 3) < side / 40)
    ++radius;
  return {mean_around(levels, radius), noise / static_cast<double>(2 * radius + 1)};
}

}  // namespace scanline::datasets
