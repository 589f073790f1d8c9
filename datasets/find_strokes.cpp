#include "scanline/datasets/detail/find_strokes.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <vector>

#include "scanline/datasets/detail/paper_lines.hpp"

namespace scanline::datasets {
namespace {

constexpr Index longest_crossing = 8;     // pixels that are left of lines that cross each other
constexpr double strong_contrast = 1.5;   // of the logarithms: all above is as good
constexpr double least_contrast = 0.035;  // of the logarithms: nine levels of white paper

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

/// How a component differs from its paper, as a difference of logarithms.
double contrast_of(const Component& part, bool is_light) {
  return is_light ? std::log1p(part.density) : -std::log1p(-part.density);
}

/// How much like a stroke a component is: long, thin, of strong ink, and not along the picture's
/// edge, as a frame, a shadow or the table under a sheet. 0 for what cannot be a stroke: a small
/// picture has no room for a blob beside the digit, so that a blob is taken for the digit there.
double score_of(const Component& part, const Mask& mask, bool is_light) {
  const PixelBox& box = part.box;
  double score =
      static_cast<double>(box.longest()) * std::min(contrast_of(part, is_light), strong_contrast);
  const bool is_small = box.longest() < 12;  // too small to have a shape
  const bool is_thick = !is_small && 20 * part.width > 13 * box.longest();
  if (is_thick) score *= 0.3;
  // Strokes leave more room in their box than paper between strokes and a frame does.
  const bool is_wide = 20 * std::min(box.height(), box.breadth()) > 9 * box.longest();
  const bool is_solid = !is_small && is_wide && 4 * part.area > 3 * box.height() * box.breadth();
  if (is_solid) score *= 0.3;
  if (is_thick && is_solid && !is_small_picture(mask.rows, mask.columns)) return 0;
  const auto& [top, left, bottom, right] = part.contact;
  const Index contact = top + left + bottom + right;
  if (contact == 0) return score;
  const bool covers_side =
      20 * std::max(top, bottom) > 19 * mask.columns || 20 * std::max(left, right) > 19 * mask.rows;
  if (!is_small && (covers_side || 10 * contact > 13 * box.longest())) return 0;
  // A stroke that leaves the picture touches the edge with its end.
  if (2 * contact > box.longest()) return score * 0.05;
  return score * ((top > 0 && bottom > 0) || (left > 0 && right > 0) ? 0.3 : 0.6);
}

/// Takes out what touches the picture's edge and is not of the ink or of the width of the best
/// component, if that one is free: digits are written with one pen, and the corners that a shadow
/// cuts off are wedges.
void drop_wedges(const std::vector<Component>& parts, bool is_light, std::vector<double>& scores) {
  const auto best = std::max_element(scores.begin(), scores.end());
  if (best == scores.end()) return;
  const auto touches_edge = [](const Component& part) {
    return std::any_of(part.contact.begin(), part.contact.end(),
                       [](Index contact) { return contact > 0; });
  };
  const Component& pen = parts[static_cast<std::size_t>(best - scores.begin())];
  if (touches_edge(pen)) return;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    const bool is_wider = 2 * parts[i].width > 3 * pen.width;
    const bool is_fainter = contrast_of(parts[i], is_light) < 0.7 * contrast_of(pen, is_light);
    if (touches_edge(parts[i]) && (is_wider || is_fainter)) scores[i] = 0;
  }
}

/// Whether the components are a single stroke, which may go through the whole picture.
bool is_single_stroke(const std::vector<Component>& parts) {
  return parts.size() == 1 &&
         parts.front().area <= 2 * parts.front().width * parts.front().box.longest();
}

}  // namespace

Strokes find_strokes(const Plane& levels, bool is_light, Index radius) {
  Plane darker = levels;
  if (is_light)
    for (float& level : darker.values) level = -level;
  Strokes strokes;
  strokes.density = density_of(darker, is_light, radius);
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

  const auto find_best = [&] {
    const auto best = std::max_element(strokes.scores.begin(), strokes.scores.end());
    if (best == strokes.scores.end()) return;
    strokes.score = *best;
    const auto position = static_cast<std::size_t>(best - strokes.scores.begin());
    strokes.contrast = contrast_of(strokes.components.list[position], is_light);
  };
  const auto rate = [&](const Mask& kept) {
    strokes.components = find_components(kept, density);
    strokes.scores.clear();
    for (const Component& part : strokes.components.list)
      strokes.scores.push_back(score_of(part, kept, is_light));
    find_best();
  };
  rate(without_lines);
  // Where lines cross each other, they leave pixels behind.
  if (without_lines.pixels != mask.pixels) {
    for (std::size_t i = 0; i < strokes.scores.size(); ++i)
      if (strokes.components.list[i].box.longest() <= longest_crossing) strokes.scores[i] = 0;
    find_best();
  }
  drop_wedges(strokes.components.list, is_light, strokes.scores);
  if (strokes.components.list.empty()) {
    rate(mask);
    if (!is_single_stroke(strokes.components.list)) strokes.score = 0;
  }
  return strokes;
}

}  // namespace scanline::datasets
