#include "scanline/datasets/detail/ink_contrast.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>
#include <vector>

#include "scanline/datasets/detail/resample.hpp"

namespace scanline::datasets {
namespace {

/// Is added to levels, so that the noise of dark places does not count more than the ink.
constexpr double offset = 16;
constexpr Index overview_side = 256;

using Matrix = std::array<std::array<double, 3>, 3>;

/// The logarithms of one colour of a picture, reduced to this size.
Plane logarithms(const Image& channel, Index rows, Index columns) {
  Plane plane{rows, columns, {}};
  plane.values.reserve(static_cast<std::size_t>(rows * columns));
  for (const double level : resample_whole(channel, rows, columns))
    plane.values.push_back(static_cast<float>(std::log(level + offset)));
  return plane;
}

/// The length of a side when the longer one becomes at most `longest`.
Index reduced(Index side, Index longer, Index longest) {
  return longer <= longest ? side : std::max<Index>((side * longest + longer / 2) / longer, 1);
}

std::vector<Plane> reduced_logarithms(const ColourImage& picture, Index longest) {
  const Image& first = picture.channels.front();
  const Index longer = std::max(first.rows, first.columns);
  std::vector<Plane> planes;
  for (const Image& channel : picture.channels)
    planes.push_back(logarithms(channel, reduced(first.rows, longer, longest),
                                reduced(first.columns, longer, longest)));
  return planes;
}

/// The sums of products of the colours' differences between neighbours.
Matrix gradients(const std::vector<Plane>& colours) {
  Matrix sums{};
  const Plane& first = colours.front();
  const auto add = [&](std::size_t from, std::size_t to) {
    std::array<double, 3> change{};
    for (std::size_t c = 0; c < 3; ++c)
      change[c] = static_cast<double>(colours[c].values[to] - colours[c].values[from]);
    for (std::size_t i = 0; i < 3; ++i)
      for (std::size_t j = 0; j < 3; ++j) sums[i][j] += change[i] * change[j];
  };
  for (Index r = 0; r < first.rows; ++r)
    for (Index c = 0; c < first.columns; ++c) {
      if (c + 1 < first.columns) add(first.at(r, c), first.at(r, c + 1));
      if (r + 1 < first.rows) add(first.at(r, c), first.at(r + 1, c));
    }
  return sums;
}

/// The eigenvector of the largest eigenvalue, by power iteration. Its magnitudes add up to 1, and
/// the largest of its numbers is positive.
std::array<double, 3> main_direction(const Matrix& matrix) {
  std::array<double, 3> vector{0.30, 0.59, 0.11};  // luminance, should all change alike
  for (int iteration = 0; iteration < 50; ++iteration) {
    std::array<double, 3> next{};
    for (std::size_t i = 0; i < 3; ++i)
      for (std::size_t j = 0; j < 3; ++j) next[i] += matrix[i][j] * vector[j];
    const double sum = std::abs(next[0]) + std::abs(next[1]) + std::abs(next[2]);
    if (sum == 0) break;
    for (std::size_t i = 0; i < 3; ++i) vector[i] = next[i] / sum;
  }
  const auto [least, most] = std::minmax_element(vector.begin(), vector.end());
  if (-*least > *most)
    for (double& weight : vector) weight = -weight;
  return vector;
}

}  // namespace

Plane find_contrast(const ColourImage& picture, Index longest) {
  std::vector<Plane> colours = reduced_logarithms(picture, longest);
  if (colours.size() == 1) return std::move(colours.front());
  const std::array<double, 3> weights =
      main_direction(gradients(reduced_logarithms(picture, std::min(longest, overview_side))));
  Plane sum = std::move(colours.front());
  for (std::size_t i = 0; i < sum.values.size(); ++i) {
    double level = weights[0] * static_cast<double>(sum.values[i]);
    for (std::size_t c = 1; c < 3; ++c)
      level += weights[c] * static_cast<double>(colours[c].values[i]);
    sum.values[i] = static_cast<float>(level);
  }
  return sum;
}

}  // namespace scanline::datasets
