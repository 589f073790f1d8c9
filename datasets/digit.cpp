#include "scanline/datasets/digit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "scanline/datasets/detail/border.hpp"
#include "scanline/datasets/detail/resample.hpp"
#include "scanline/framework/core/error.hpp"

namespace scanline::datasets {
namespace {

constexpr Index mnist_side = 28;
constexpr double mnist_ink_size = 20;  // of MNIST's digits, the longer side
constexpr double mnist_centre = 14.5;  // of mass: on the average of MNIST's digits
constexpr Index overview_side = 256;   // enough to find the ink in, and coarse enough to blur noise
constexpr double least_contrast = 25;  // of 255, between background and ink

/// What a picture's ink takes up along one axis, in pixels.
struct Extent {
  double begin, end;
  double centre_of_mass;
};

/// Where the digit is in a picture, and how it is told from what it is written on.
struct Ink {
  double background;  // grey level
  double sign;        // 1 for ink lighter than the background, -1 for darker ink
  double noise;       // differences from the background that mean nothing
  Extent down, across;
};

/// The extent of the ink in sums over rows (or columns) that are `step` pixels high. Specks of dust
/// do not count: what has less than 0.2 % of the ink is cut off at either end.
Extent extent(const std::vector<double>& sure_ink, const std::vector<double>& all_ink,
              double step) {
  double total = 0;
  for (const double ink : sure_ink) total += ink;
  const auto ends_at = [&](auto begin, auto end) {
    double sum = 0;
    return std::find_if(begin, end, [&](double ink) { return (sum += ink) > 0.002 * total; }) -
           begin;
  };
  const auto length = static_cast<std::ptrdiff_t>(sure_ink.size());
  const std::ptrdiff_t first = ends_at(sure_ink.begin(), sure_ink.end());
  const std::ptrdiff_t last = length - ends_at(sure_ink.rbegin(), sure_ink.rend());
  double mass = 0, moment = 0;
  for (std::ptrdiff_t i = first; i < last; ++i) {
    mass += all_ink[static_cast<std::size_t>(i)];
    moment += all_ink[static_cast<std::size_t>(i)] * (static_cast<double>(i) + 0.5);
  }
  return {static_cast<double>(first) * step, static_cast<double>(last) * step,
          moment / mass * step};
}

[[noreturn]] void fail_empty(const std::string& name) {
  throw Error(fmt::format("{}: expected a digit, found an empty picture", name));
}

Ink find_ink(const Image& picture, const std::string& name) {
  const auto overview_axis = [&](Index length) {
    const Index longest = std::max(picture.rows, picture.columns);
    const Index count =
        longest <= overview_side ? length : (length * overview_side + longest - 1) / longest;
    return Axis{0, static_cast<double>(length) / static_cast<double>(count), count};
  };
  const Axis down = overview_axis(picture.rows), across = overview_axis(picture.columns);
  const std::vector<double> levels = resample(picture, 0, down, across);

  std::vector<double> border;
  for (const std::size_t p : border_positions(down.count, across.count))
    border.push_back(levels[p]);
  Ink ink{};
  ink.background = median(border);
  for (double& level : border) level = std::abs(level - ink.background);
  const auto [darkest, lightest] = std::minmax_element(levels.begin(), levels.end());
  const bool is_light = *lightest - ink.background > ink.background - *darkest;
  ink.sign = is_light ? 1 : -1;
  const double contrast = is_light ? *lightest - ink.background : ink.background - *darkest;
  if (contrast < least_contrast) fail_empty(name);
  // Six times the median deviation are four standard deviations of normally distributed noise.
  ink.noise = std::min(6 * median(border), contrast / 2);
  const double threshold = std::max(ink.noise, contrast / 10);

  std::vector<double> sure_rows(static_cast<std::size_t>(down.count)), all_rows = sure_rows;
  std::vector<double> sure_columns(static_cast<std::size_t>(across.count)),
      all_columns = sure_columns;
  for (std::size_t r = 0; r < sure_rows.size(); ++r)
    for (std::size_t c = 0; c < sure_columns.size(); ++c) {
      const double level = ink.sign * (levels[r * sure_columns.size() + c] - ink.background);
      const double sure = level > threshold ? level : 0;
      const double all = std::max(level - ink.noise, 0.0);
      sure_rows[r] += sure;
      sure_columns[c] += sure;
      all_rows[r] += all;
      all_columns[c] += all;
    }
  ink.down = extent(sure_rows, all_rows, down.step);
  ink.across = extent(sure_columns, all_columns, across.step);
  return ink;
}

/// `value` pixels of MNIST's images in images that are `count` pixels long.
double scaled(double value, Index count) {
  return value * static_cast<double>(count) / static_cast<double>(mnist_side);
}

/// Along one axis, the `count` pixels that have the ink's centre of mass in their middle, or as
/// near to it as all of the ink allows.
Axis around(const Extent& extent, double step, Index count) {
  const auto length = static_cast<double>(count);
  const double centre = scaled(mnist_centre, count);
  if (step == 1) {  // pixels are kept, not interpolated
    const double start = std::floor(extent.centre_of_mass) - std::floor(centre);
    return {std::clamp(start, std::floor(extent.end) - length, std::ceil(extent.begin)), 1, count};
  }
  const double start = extent.centre_of_mass - centre * step;
  return {std::clamp(start, extent.end - length * step, extent.begin), step, count};
}

/// Whether pixel `i` of an axis shows the ink, or the edge of it.
bool shows(const Axis& axis, Index i, const Extent& extent) {
  const double middle = axis.start + (static_cast<double>(i) + 0.5) * axis.step;
  return middle > extent.begin - axis.step && middle < extent.end + axis.step;
}

}  // namespace

Image prepare_digit(const Image& picture, const std::string& name, const ImageSize& size) {
  if (picture.pixels.empty()) fail_empty(name);
  const Ink ink = find_ink(picture, name);
  const double longest = std::max(ink.down.end - ink.down.begin, ink.across.end - ink.across.begin);
  double row_step = longest / scaled(mnist_ink_size, size.rows);
  double column_step = longest / scaled(mnist_ink_size, size.columns);
  if (std::abs(row_step - 1) < 0.1 && std::abs(column_step - 1) < 0.1)
    row_step = column_step = 1;  // so little is not worth the blur
  const Axis down = around(ink.down, row_step, size.rows);
  const Axis across = around(ink.across, column_step, size.columns);

  std::vector<double> levels = resample(picture, ink.background, down, across);
  double strongest = 0;
  for (Index r = 0; r < size.rows; ++r)
    for (Index c = 0; c < size.columns; ++c) {
      double& level = levels[static_cast<std::size_t>(r * size.columns + c)];
      level = shows(down, r, ink.down) && shows(across, c, ink.across) ? ink.sign * level : 0;
      strongest = std::max(strongest, level);
    }
  if (strongest == 0) fail_empty(name);
  // Thin lines are fainter now, and so is the noise.
  const double noise = std::min(ink.noise, strongest / 2);
  Image digit{size.rows, size.columns, {}};
  for (const double level : levels)
    digit.pixels.push_back(static_cast<std::uint8_t>(
        std::lround(std::max(level - noise, 0.0) / (strongest - noise) * 255)));
  return digit;
}

}  // namespace scanline::datasets
