#include "scanline/datasets/detail/plane.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace scanline::datasets {
namespace {

Plane transposed(const Plane& plane) {
  constexpr Index tile = 16;  // a cache line of each row
  Plane result{plane.columns, plane.rows, std::vector<float>(plane.values.size())};
  for (Index r = 0; r < plane.rows; r += tile)
    for (Index c = 0; c < plane.columns; c += tile)
      for (Index i = r; i < std::min(r + tile, plane.rows); ++i)
        for (Index j = c; j < std::min(c + tile, plane.columns); ++j)
          result.values[result.at(j, i)] = plane.values[plane.at(i, j)];
  return result;
}

/// Replaces each value of a row by the extreme of those around it. `spread` doubles the windows
/// until two of them cover the wanted one.
template <typename Extreme>
void filter_rows(Plane& plane, Index radius, float outside, const Extreme& extreme) {
  const Index window = 2 * radius + 1;
  const auto size = static_cast<std::size_t>(plane.columns + 2 * radius);
  std::vector<float> padded(size);
  for (Index row = 0; row < plane.rows; ++row) {
    const auto begin = plane.values.begin() + row * plane.columns;
    std::fill(padded.begin(), padded.end(), outside);
    std::copy(begin, begin + plane.columns, padded.begin() + radius);
    std::size_t span = 1;  // padded[i] is the extreme of so many values from there
    for (; 2 * span <= static_cast<std::size_t>(window); span *= 2)
      for (std::size_t i = 0; i + span < size; ++i)
        padded[i] = extreme(padded[i], padded[i + span]);
    const auto shift = static_cast<std::size_t>(window) - span;
    for (Index column = 0; column < plane.columns; ++column) {
      const auto i = static_cast<std::size_t>(column);
      begin[column] = extreme(padded[i], padded[i + shift]);
    }
  }
}

template <typename Extreme>
Plane extreme_around(const Plane& plane, Index radius, float outside, const Extreme& extreme) {
  // Beyond the longer side there are no values.
  const Index reach = std::min(radius, std::max(plane.rows, plane.columns));
  Plane turned = transposed(plane);
  filter_rows(turned, reach, outside, extreme);
  Plane result = transposed(turned);
  filter_rows(result, reach, outside, extreme);
  return result;
}

/// A larger plane, in which the border's values go on for `margin` rows and columns.
Plane continued(const Plane& plane, Index margin) {
  Plane result{plane.rows + 2 * margin, plane.columns + 2 * margin, {}};
  result.values.reserve(static_cast<std::size_t>(result.rows * result.columns));
  for (Index r = 0; r < result.rows; ++r) {
    const Index row = std::clamp<Index>(r - margin, 0, plane.rows - 1);
    const auto begin = plane.values.begin() + row * plane.columns, end = begin + plane.columns;
    result.values.insert(result.values.end(), static_cast<std::size_t>(margin), *begin);
    result.values.insert(result.values.end(), begin, end);
    result.values.insert(result.values.end(), static_cast<std::size_t>(margin), *(end - 1));
  }
  return result;
}

/// Replaces each value of a row by the mean of those around it.
void average_rows(Plane& plane, Index radius) {
  std::vector<double> sums(static_cast<std::size_t>(plane.columns) + 1);
  for (Index row = 0; row < plane.rows; ++row) {
    const auto begin = plane.values.begin() + row * plane.columns;
    for (Index c = 0; c < plane.columns; ++c)
      sums[static_cast<std::size_t>(c) + 1] =
          sums[static_cast<std::size_t>(c)] + static_cast<double>(begin[c]);
    for (Index c = 0; c < plane.columns; ++c) {
      const auto first = static_cast<std::size_t>(std::max(c - radius, Index{0}));
      const auto last = static_cast<std::size_t>(std::min(c + radius + 1, plane.columns));
      begin[c] = static_cast<float>((sums[last] - sums[first]) / static_cast<double>(last - first));
    }
  }
}

}  // namespace

Plane largest_around(const Plane& plane, Index radius) {
  return extreme_around(plane, radius, std::numeric_limits<float>::lowest(),
                        [](float a, float b) { return a > b ? a : b; });
}

Plane smallest_around(const Plane& plane, Index radius) {
  return extreme_around(plane, radius, std::numeric_limits<float>::max(),
                        [](float a, float b) { return a < b ? a : b; });
}

Plane closed(const Plane& plane, Index radius) {
  return smallest_around(largest_around(plane, radius), radius);
}

Plane opened(const Plane& plane, Index radius) {
  const Plane result = largest_around(smallest_around(continued(plane, radius), radius), radius);
  Plane inner{plane.rows, plane.columns, {}};
  inner.values.reserve(plane.values.size());
  for (Index r = 0; r < plane.rows; ++r) {
    const auto begin = result.values.begin() + (r + radius) * result.columns + radius;
    inner.values.insert(inner.values.end(), begin, begin + plane.columns);
  }
  return inner;
}

Plane mean_around(const Plane& plane, Index radius) {
  if (radius < 1) return plane;
  Plane turned = transposed(plane);
  average_rows(turned, radius);
  Plane result = transposed(turned);
  average_rows(result, radius);
  return result;
}

float quantile(std::vector<float> values, double share) {
  const auto position = static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + position, values.end());
  return values[static_cast<std::size_t>(position)];
}

std::size_t sampling_step(std::size_t count) {
  return std::max<std::size_t>(count / 50'000, 1) | 1;
}

float sampled_quantile(const Plane& plane, double share) {
  const std::size_t step = sampling_step(plane.values.size());
  std::vector<float> sample;
  for (std::size_t i = 0; i < plane.values.size(); i += step) sample.push_back(plane.values[i]);
  return quantile(std::move(sample), share);
}

}  // namespace scanline::datasets
