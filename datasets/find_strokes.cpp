#include "scanline/datasets/detail/find_strokes.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>

#include "scanline/datasets/detail/paper_lines.hpp"

namespace scanline::datasets {
namespace {

constexpr double strong_contrast = 1.5;   // of the logarithms: all above is as good
constexpr double least_contrast = 0.035;  // of the logarithms: nine levels of white paper

/// The standard deviation of the noise, from the median of second differences: edges and strokes
/// are few. A second difference of independent values has six times their variance.
double noise_of(const Plane& levels) {
  std::vector<float> differences;
  const std::size_t step = std::max<std::size_t>(levels.values.size() / 50'000, 1) | 1;
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

/// The share of pixels that stand out from all of their neighbours by this much.
double share_of_impulses(const Plane& plane, double contrast) {
  const Plane largest = largest_around(plane, 1), smallest = smallest_around(plane, 1);
  std::size_t count = 0;
  for (Index r = 1; r + 1 < plane.rows; ++r)
    for (Index c = 1; c + 1 < plane.columns; ++c) {
      const std::size_t p = plane.at(r, c);
      const float value = plane.values[p];
      if (value < largest.values[p] && value > smallest.values[p]) continue;
      float low = std::numeric_limits<float>::max(), high = std::numeric_limits<float>::lowest();
      for (Index i = 0; i < 9; ++i) {
        if (i == 4) continue;
        const float other = plane.values[plane.at(r - 1 + i / 3, c - 1 + i % 3)];
        low = std::min(low, other);
        high = std::max(high, other);
      }
      if (static_cast<double>(std::max(value - high, low - value)) > contrast) ++count;
    }
  return static_cast<double>(count) / static_cast<double>(plane.values.size());
}

/// Averages over as many pixels as it takes to see the strokes in the noise.
Plane smoothed(const Plane& levels) {
  constexpr Index small_side = 64;  // strokes of smaller pictures are not much wider than a pixel
  if (std::min(levels.rows, levels.columns) < small_side) return levels;
  const Plane means = mean_around(levels, 2);
  const double contrast = static_cast<double>(sampled_quantile(means, 0.995)) -
                          static_cast<double>(sampled_quantile(means, 0.005));
  // Twice, so that impulses that touch each other vanish too.
  if (share_of_impulses(levels, contrast / 4) > 0.002) return median_around(median_around(levels));
  const double noise = noise_of(levels);
  const double side = static_cast<double>(std::min(levels.rows, levels.columns));
  Index radius = 0;
  while (noise / static_cast<double>(2 * radius + 1) > contrast / 12 &&
         static_cast<double>(2 * radius + 3) < side / 40)
    ++radius;
  return mean_around(levels, radius);
}

/// What the logarithms differ by from their surroundings, as a share of the paper's light. Strokes
/// that are lighter than the paper are filled first: where they are the ink, what is left of the
/// paper between them must not look like dark strokes.
Plane density_of(const Plane& levels, bool is_light, Index radius) {
  Plane density = closed(opened(levels, radius / 3), radius);
  for (std::size_t p = 0; p < density.values.size(); ++p) {
    const float difference = std::max(density.values[p] - levels.values[p], 0.0F);
    density.values[p] = is_light ? std::expm1(difference) : -std::expm1(-difference);
  }
  return density;
}

/// Otsu's threshold between paper and ink, as if the picture had as much of the one as of the other
/// (N. Otsu, *A Threshold Selection Method from Gray-Level Histograms*, 1979). What is at most
/// `noise` is paper.
float balanced_threshold(const Plane& density, float noise, float largest) {
  constexpr std::size_t bins = 256;
  std::array<double, bins> counts{};
  double total = 0;
  for (const float value : density.values) {
    if (value <= noise) continue;
    const float bin = value / largest * static_cast<float>(bins);
    ++counts[std::min(static_cast<std::size_t>(bin), bins - 1)];
    ++total;
  }
  counts[0] += total;
  double sum = 0, below = 0, sum_below = 0, best = -1;
  for (std::size_t i = 0; i < bins; ++i) sum += counts[i] * static_cast<double>(i);
  std::size_t first = 0, last = 0;
  for (std::size_t i = 0; i + 1 < bins; ++i) {
    below += counts[i];
    sum_below += counts[i] * static_cast<double>(i);
    const double above = 2 * total - below;
    if (below == 0 || above == 0) continue;
    const double difference = sum_below / below - (sum - sum_below) / above;
    const double between = below * above * difference * difference;
    if (between > best) {
      best = between;
      first = i;
    }
    if (between == best) last = i;  // the middle of a gap separates best
  }
  return (static_cast<float>(first + last) / 2 + 1) / static_cast<float>(bins) * largest;
}

/// How much like a stroke a component is: long, thin, of strong ink, and not along the picture's
/// edge, as a frame, a shadow or the table under a sheet.
double score_of(const Component& part, const Mask& mask, bool is_light) {
  const Index perimeter = 2 * (mask.rows + mask.columns);
  const Index contact = std::accumulate(part.contact.begin(), part.contact.end(), Index{0});
  // The logarithm again: light ink adds up to any share of the light, and dark ink takes one at
  // most.
  const double contrast = is_light ? std::log1p(part.density) : -std::log1p(-part.density);
  double score = static_cast<double>(part.longest()) * std::min(contrast, strong_contrast);
  const bool is_small = part.longest() < 12;  // too small to have a shape
  if (!is_small && 2 * part.width > part.longest()) score *= 0.3;
  // Strokes leave more room in their box than paper between strokes and a frame does.
  const bool is_wide = 20 * std::min(part.height(), part.breadth()) > 9 * part.longest();
  if (!is_small && is_wide && 20 * part.area > 11 * part.height() * part.breadth()) score *= 0.3;
  if (contact == 0) return score;
  const auto covers = [&](Index pixels, Index side) { return 5 * pixels > 3 * side; };
  const auto& [top, left, bottom, right] = part.contact;
  const bool covers_side = covers(top, mask.columns) || covers(bottom, mask.columns) ||
                           covers(left, mask.rows) || covers(right, mask.rows);
  if (covers_side || 6 * contact > perimeter) return score * 0.05;
  return score * ((top > 0 && bottom > 0) || (left > 0 && right > 0) ? 0.3 : 0.4);
}

}  // namespace

Strokes find_strokes(const Plane& levels, bool is_light, Index radius) {
  Plane darker = levels;
  if (is_light)
    for (float& level : darker.values) level = -level;
  Strokes strokes;
  strokes.density = density_of(smoothed(darker), is_light, radius);
  const Plane& density = strokes.density;
  const float largest = *std::max_element(density.values.begin(), density.values.end());
  if (static_cast<double>(largest) < least_contrast) return strokes;

  const float paper = sampled_quantile(density, 0.5);
  // The difference is one standard deviation of normally distributed noise.
  const float spread = paper - sampled_quantile(density, 0.16);
  const float noise = std::min(paper + 4 * spread, (paper + largest) / 2);
  strokes.noise = static_cast<double>(noise);
  strokes.threshold = std::max(balanced_threshold(density, noise, largest),
                               static_cast<float>(least_contrast) * 0.7F);

  Mask mask{density.rows, density.columns, {}};
  mask.pixels.reserve(density.values.size());
  for (const float value : density.values) mask.pixels.push_back(value > strokes.threshold ? 1 : 0);
  const Mask lines = find_paper_lines(mask);
  Mask without_lines = mask;
  for (std::size_t p = 0; p < mask.pixels.size(); ++p)
    without_lines.pixels[p] = mask.pixels[p] != 0 && lines.pixels[p] == 0 ? 1 : 0;

  const auto rate = [&](const Mask& kept) {
    strokes.components = find_components(kept, density);
    strokes.scores.clear();
    for (const Component& part : strokes.components.list)
      strokes.scores.push_back(score_of(part, kept, is_light));
    strokes.score = strokes.scores.empty()
                        ? 0
                        : *std::max_element(strokes.scores.begin(), strokes.scores.end());
    return strokes.score;
  };
  const double with_lines = rate(mask);
  // A single stroke through the whole picture may be a digit: nothing else is there then.
  if (rate(without_lines) < 0.05 * with_lines) rate(mask);
  return strokes;
}

}  // namespace scanline::datasets
