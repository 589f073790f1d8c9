#include "scanline/datasets/digit.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "scanline/datasets/detail/plane.hpp"
#include "scanline/datasets/detail/resample.hpp"

namespace scanline::datasets {
namespace {

constexpr Index mnist_side = 28;
constexpr double mnist_ink_size = 20;  // of MNIST's digits, the longer side
constexpr double mnist_centre = 14.5;  // of mass: on the average of MNIST's digits
constexpr double enlarged = 0.65;      // pixels that become one: the edges would be too soft
constexpr double thinnest_stroke = 2;  // of MNIST's digits

/// What a digit's ink takes up along one axis, in pixels.
struct Extent {
  double begin, end;
  double centre_of_mass;

  double length() const { return end - begin; }
};

/// The extent of the ink in sums over rows or columns: of all ink, and of that which is no noise.
/// What has less than 0.2 % of the ink is cut off at either end.
Extent extent(const std::vector<double>& sure_ink, const std::vector<double>& all_ink) {
  double total = 0;
  for (const double ink : sure_ink) total += ink;
  const auto ends_at = [&](auto begin, auto end) {
    double sum = 0;
    return std::find_if(begin, end, [&](double ink) { return (sum += ink) > 0.002 * total; }) -
           begin;
  };
  const std::ptrdiff_t first = ends_at(sure_ink.begin(), sure_ink.end());
  const std::ptrdiff_t last =
      static_cast<std::ptrdiff_t>(sure_ink.size()) - ends_at(sure_ink.rbegin(), sure_ink.rend());
  double mass = 0, moment = 0;
  for (std::ptrdiff_t i = first; i < last; ++i) {
    mass += all_ink[static_cast<std::size_t>(i)];
    moment += all_ink[static_cast<std::size_t>(i)] * (static_cast<double>(i) + 0.5);
  }
  return {static_cast<double>(first), static_cast<double>(last), moment / mass};
}

struct Extents {
  Extent down, across;
};

Extents extents(const Image& ink) {
  std::vector<double> sure_rows(static_cast<std::size_t>(ink.rows)), all_rows = sure_rows;
  std::vector<double> sure_columns(static_cast<std::size_t>(ink.columns)),
      all_columns = sure_columns;
  for (std::size_t r = 0; r < sure_rows.size(); ++r)
    for (std::size_t c = 0; c < sure_columns.size(); ++c) {
      const double level = ink.pixels[r * sure_columns.size() + c];
      const double sure = level > 25.5 ? level : 0;
      sure_rows[r] += sure;
      sure_columns[c] += sure;
      all_rows[r] += level;
      all_columns[c] += level;
    }
  return {extent(sure_rows, all_rows), extent(sure_columns, all_columns)};
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

/// The mean width of strokes: their area over half of their outline, of which pixels' sides see
/// 4 / pi times its length, averaged over all directions.
double stroke_width(const Image& ink) {
  constexpr double pi = 3.14159265358979;
  Index area = 0, sides = 0;
  const auto is_ink = [&](Index row, Index column) {
    return ink.pixels[static_cast<std::size_t>(row * ink.columns + column)] > 127;
  };
  for (Index r = 0; r < ink.rows; ++r)
    for (Index c = 0; c < ink.columns; ++c) {
      const bool here = is_ink(r, c);
      area += here;
      sides += here != (c > 0 && is_ink(r, c - 1));
      sides += here != (r > 0 && is_ink(r - 1, c));
    }
  return sides == 0 ? 0 : 8 / pi * static_cast<double>(area) / static_cast<double>(sides);
}

/// The ink with strokes that are at least `width` pixels wide, and a margin for them.
Image with_wide_strokes(const Image& ink, double width) {
  const auto radius =
      static_cast<Index>(std::lround((width - std::max(stroke_width(ink), 1.0)) / 2));
  if (radius < 1) return ink;
  Plane plane{ink.rows + 2 * radius, ink.columns + 2 * radius, {}};
  plane.values.resize(static_cast<std::size_t>(plane.rows * plane.columns));
  for (Index r = 0; r < ink.rows; ++r)
    for (Index c = 0; c < ink.columns; ++c)
      plane.values[plane.at(r + radius, c + radius)] =
          ink.pixels[static_cast<std::size_t>(r * ink.columns + c)];
  const Plane wide = largest_around(plane, radius);
  Image result{wide.rows, wide.columns, {}};
  result.pixels.reserve(wide.values.size());
  for (const float level : wide.values) result.pixels.push_back(static_cast<std::uint8_t>(level));
  return result;
}

/// Levels from 0 for paper as an image in which the strongest is white.
Image normalized(const std::vector<double>& levels, Index rows, Index columns) {
  const double strongest = std::max(*std::max_element(levels.begin(), levels.end()), 1e-9);
  Image image{rows, columns, {}};
  image.pixels.reserve(levels.size());
  for (const double level : levels)
    image.pixels.push_back(static_cast<std::uint8_t>(std::lround(level / strongest * 255)));
  return image;
}

}  // namespace

Image digit_image(const FoundDigit& digit, const ImageSize& size) {
  Extents found = extents(digit.ink);
  const double side = std::max(found.down.length(), found.across.length());
  const Image ink = with_wide_strokes(digit.ink, thinnest_stroke / mnist_ink_size * side);
  if (ink.rows != digit.ink.rows) found = extents(ink);
  const double longest = std::max(found.down.length(), found.across.length());
  double row_step = longest / scaled(mnist_ink_size, size.rows);
  double column_step = longest / scaled(mnist_ink_size, size.columns);
  if (std::abs(row_step - 1) < 0.1 && std::abs(column_step - 1) < 0.1)
    row_step = column_step = 1;  // so little is not worth the blur
  const Axis down = around(found.down, row_step, size.rows);
  const Axis across = around(found.across, column_step, size.columns);
  Image image = normalized(resample(ink, 0, down, across), size.rows, size.columns);
  if (std::max(row_step, column_step) < enlarged)
    for (std::uint8_t& level : image.pixels)
      level = static_cast<std::uint8_t>(std::lround(std::clamp((level - 64) * 2.0, 0.0, 255.0)));
  return image;
}

Image line_image(const FoundLine& line, Index rows) {
  // Digits are found in an image of the picture that is smaller by some factor.
  const FoundDigit& first = line.digits.front();
  const double scale = static_cast<double>(first.ink.rows) / first.area.height();
  const double middle = (line.box.left + line.box.right) / 2;
  double tallest = 0;
  for (const FoundDigit& digit : line.digits) tallest = std::max(tallest, digit.box.height());
  const double step = tallest * scale / scaled(mnist_ink_size, rows);

  // Where digits are when the line is level.
  std::vector<Index> tops;
  double top = 0, bottom = 0;  // of the level line's ink
  for (const FoundDigit& digit : line.digits) {
    const double drop = ((digit.box.left + digit.box.right) / 2 - middle) * line.slope;
    tops.push_back(std::lround((digit.area.top - line.box.top - drop) * scale));
    top = tops.size() == 1 ? digit.box.top - drop : std::min(top, digit.box.top - drop);
    bottom = tops.size() == 1 ? digit.box.bottom - drop : std::max(bottom, digit.box.bottom - drop);
  }
  const auto margin = static_cast<Index>(std::ceil(tallest * scale));  // more than any digit's
  Image level{std::lround((bottom - top) * scale) + 2 * margin,
              std::lround(line.box.width() * scale) + 2 * margin,
              {}};
  level.pixels.resize(static_cast<std::size_t>(level.rows * level.columns));
  const Index shift = margin - std::lround((top - line.box.top) * scale);
  for (std::size_t i = 0; i < line.digits.size(); ++i) {
    const FoundDigit& digit = line.digits[i];
    const Index left = margin + std::lround((digit.area.left - line.box.left) * scale);
    for (Index r = std::max<Index>(-tops[i] - shift, 0);
         r < std::min(digit.ink.rows, level.rows - tops[i] - shift); ++r)
      for (Index c = std::max<Index>(-left, 0);
           c < std::min(digit.ink.columns, level.columns - left); ++c) {
        std::uint8_t& pixel =
            level
                .pixels[static_cast<std::size_t>((tops[i] + shift + r) * level.columns + left + c)];
        pixel =
            std::max(pixel, digit.ink.pixels[static_cast<std::size_t>(r * digit.ink.columns + c)]);
      }
  }
  const Image ink = with_wide_strokes(level, thinnest_stroke * step);
  const double side = static_cast<double>(line_margin(rows));
  const double length = line.box.width() * scale / step;
  const auto columns = static_cast<Index>(std::ceil(length + 2 * side));
  const double left = (static_cast<double>(ink.columns) - static_cast<double>(columns) * step) / 2;
  const double above = (static_cast<double>(ink.rows) - static_cast<double>(rows) * step) / 2;
  return normalized(resample(ink, 0, {above, step, rows}, {left, step, columns}), rows, columns);
}

Image prepare_digit(const ColourImage& picture, const std::string& name, const ImageSize& size) {
  const Ink ink = find_ink(picture, name);
  const FoundDigit* largest = nullptr;
  for (const FoundLine& line : ink.lines)
    for (const FoundDigit& digit : line.digits)
      if (largest == nullptr ||
          digit.box.height() * digit.box.width() > largest->box.height() * largest->box.width())
        largest = &digit;
  return digit_image(*largest, size);
}

}  // namespace scanline::datasets
