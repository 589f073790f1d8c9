#include "scanline/datasets/ink.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "scanline/datasets/detail/border.hpp"
#include "scanline/datasets/detail/find_strokes.hpp"
#include "scanline/datasets/detail/ink_contrast.hpp"
#include "scanline/datasets/detail/smoothed.hpp"
#include "scanline/datasets/detail/text_layout.hpp"
#include "scanline/framework/core/error.hpp"

namespace scanline::datasets {

Box united(const Box& a, const Box& b) {
  return {std::min(a.top, b.top), std::min(a.left, b.left), std::max(a.bottom, b.bottom),
          std::max(a.right, b.right)};
}

namespace {

constexpr Index longest_side = 1024;         // of what the ink is looked for in
constexpr std::ptrdiff_t most_marks = 2000;  // of a page; pairs of them are compared
constexpr double small_digit = 60;           // pixels: one to be looked at more closely

/// The largest half of a stroke's width that is looked for where light may change.
Index reach(const Plane& levels) {
  const double side = std::sqrt(static_cast<double>(levels.rows * levels.columns));
  return std::max<Index>(static_cast<Index>(side * 0.175), 8);
}

/// What is seen in a picture.
struct Sight {
  Strokes strokes;
  std::vector<DigitParts> digits;
};

/// The levels along the border of a picture.
std::vector<float> border_of(const Plane& levels) {
  std::vector<float> border;
  for (const std::size_t p : border_positions(levels.rows, levels.columns))
    border.push_back(levels.values[p]);
  return border;
}

/// Strokes that differ from an even paper, which is what the border shows; no strokes where the
/// border shows something else, and the picture has more room than for a digit.
Strokes find_on_even_paper(const Plane& levels) {
  const std::vector<float> border = border_of(levels);
  const auto [darkest, lightest] = std::minmax_element(levels.values.begin(), levels.values.end());
  const float paper = quantile(border, 0.5), contrast = *lightest - *darkest;
  const bool is_even = quantile(border, 0.98) - quantile(border, 0.02) < 0.1F * contrast;
  if (!is_even && !is_small_picture(levels.rows, levels.columns)) return {};
  const Index shorter = std::min(levels.rows, levels.columns);
  return find_strokes(levels, 2 * paper < *darkest + *lightest, std::max<Index>(shorter / 2, 1));
}

/// The width of the component with the highest score.
Index width_of_best(const Strokes& strokes) {
  const auto best = std::max_element(strokes.scores.begin(), strokes.scores.end());
  return strokes.components.list[static_cast<std::size_t>(best - strokes.scores.begin())].width;
}

/// `name` is the name of the picture in messages.
/// @throws Error when there are far more marks than a page of digits has.
std::optional<Sight> look_at(const ColourImage& picture, const std::string& name) {
  const auto [levels, noise] = smoothed(find_contrast(picture, longest_side));
  const bool is_single = is_small_picture(levels.rows, levels.columns);
  Strokes even = find_on_even_paper(levels), best;
  if (!is_single) {
    const Index radius = reach(levels);
    for (const bool is_light : {false, true}) {
      Strokes strokes = find_strokes(levels, is_light, radius);
      if (strokes.score > best.score) best = std::move(strokes);
    }
    // Where strokes are thin, a narrow shadow can be told from them.
    for (const bool is_light : {false, true}) {
      Strokes strokes = find_strokes(levels, is_light, 2 * radius / 5);
      if (strokes.score > 1.3 * best.score && width_of_best(strokes) < 2 * radius / 3)
        best = std::move(strokes);
    }
  }
  if (even.score > 0 && even.score >= 0.9 * best.score) best = std::move(even);
  // What is left of noise is up to four deviations above and below the paper. Strokes look like
  // noise where there are few pixels.
  const bool is_noise = levels.values.size() > 256 && best.contrast < 8 * noise;
  if (best.score <= 0 || is_noise) return {};
  const auto marks = count_digit_parts(best.scores);
  if (marks > most_marks)
    throw Error(
        fmt::format("{}: expected at most {} digits, found {} marks", name, most_marks, marks));
  Sight sight{std::move(best), {}};
  sight.digits = find_digit_parts(sight.strokes.components, sight.strokes.scores, is_single);
  return sight;
}

Box to_box(const PixelBox& box) {
  return {static_cast<double>(box.top), static_cast<double>(box.left),
          static_cast<double>(box.bottom), static_cast<double>(box.right)};
}

/// The digit's own ink, and the soft edge of it.
FoundDigit cut_out(const Strokes& strokes, const DigitParts& digit) {
  const Plane& density = strokes.density;
  const std::vector<std::int32_t>& labels = strokes.components.labels;
  std::vector<std::uint8_t> is_own(strokes.components.list.size());
  Index width = 0;
  for (const std::size_t part : digit.parts) {
    is_own[part] = 1;
    width = std::max(width, strokes.components.list[part].width);
  }
  const Index edge = std::max<Index>(2, width / 8);
  const Index top = std::max<Index>(digit.box.top - edge, 0);
  const Index left = std::max<Index>(digit.box.left - edge, 0);
  const Index bottom = std::min(digit.box.bottom + edge, density.rows);
  const Index right = std::min(digit.box.right + edge, density.columns);
  Plane own{bottom - top, right - left, {}};
  std::vector<float> inside;
  for (Index r = top; r < bottom; ++r)
    for (Index c = left; c < right; ++c) {
      const std::int32_t label = labels[density.at(r, c)];
      const bool is_inside = label >= 0 && is_own[static_cast<std::size_t>(label)] != 0;
      own.values.push_back(is_inside ? 1.0F : 0.0F);
      if (is_inside) inside.push_back(density.values[density.at(r, c)]);
    }
  own = largest_around(own, edge);
  // What is above the threshold is ink, even if other ink is so strong that all of this one looks
  // like noise beside it.
  const bool is_above_noise = static_cast<double>(quantile(inside, 1)) > strokes.noise;
  const float noise = is_above_noise ? static_cast<float>(strokes.noise) : strokes.threshold;
  const float full = std::max(quantile(inside, digit.box.longest() > 40 ? 0.9 : 1), noise * 1.01F);

  FoundDigit found{to_box(digit.box),
                   to_box({top, left, bottom, right}),
                   {own.rows, own.columns, std::vector<std::uint8_t>(own.values.size())}};
  for (Index r = top; r < bottom; ++r)
    for (Index c = left; c < right; ++c) {
      const std::size_t to = own.at(r - top, c - left), from = density.at(r, c);
      const std::int32_t label = labels[from];
      const bool is_others = label >= 0 && is_own[static_cast<std::size_t>(label)] == 0;
      if (own.values[to] == 0 || is_others) continue;
      const float ink = std::clamp((density.values[from] - noise) / (full - noise), 0.0F, 1.0F);
      found.ink.pixels[to] = static_cast<std::uint8_t>(std::lround(ink * 255));
    }
  return found;
}

/// The slope of the straight line that is closest to the digits' middles (least squares).
double slope_of(const std::vector<FoundDigit>& digits) {
  double count = 0, x = 0, y = 0, xx = 0, xy = 0;
  for (const FoundDigit& digit : digits) {
    const Box& box = digit.box;
    const double across = (box.left + box.right) / 2, down = (box.top + box.bottom) / 2;
    ++count;
    x += across;
    y += down;
    xx += across * across;
    xy += across * down;
  }
  const double variance = xx - x * x / count;
  return variance > 0 ? (xy - x * y / count) / variance : 0;
}

/// Digits as they are seen, with boxes in pixels of the picture.
Ink to_ink(const Sight& sight, const Box& area) {
  const Plane& density = sight.strokes.density;
  const double down = area.height() / static_cast<double>(density.rows);
  const double across = area.width() / static_cast<double>(density.columns);
  Ink result;
  for (const std::vector<std::size_t>& positions : find_lines(sight.digits)) {
    FoundLine line;
    for (const std::size_t i : positions) {
      FoundDigit digit = cut_out(sight.strokes, sight.digits[i]);
      for (Box* box : {&digit.box, &digit.area})
        *box = {area.top + box->top * down, area.left + box->left * across,
                area.top + box->bottom * down, area.left + box->right * across};
      line.box = line.digits.empty() ? digit.box : united(line.box, digit.box);
      line.digits.push_back(std::move(digit));
    }
    line.slope = slope_of(line.digits);
    result.lines.push_back(std::move(line));
  }
  return result;
}

/// The part of a picture in a box of whole pixels.
ColourImage cropped(const ColourImage& picture, const Box& box) {
  ColourImage result;
  const auto top = static_cast<Index>(box.top), left = static_cast<Index>(box.left);
  const auto rows = static_cast<Index>(box.height()), columns = static_cast<Index>(box.width());
  for (const Image& channel : picture.channels) {
    Image part{rows, columns, {}};
    part.pixels.reserve(static_cast<std::size_t>(rows * columns));
    for (Index r = top; r < top + rows; ++r) {
      const auto begin = channel.pixels.begin() + r * channel.columns + left;
      part.pixels.insert(part.pixels.end(), begin, begin + columns);
    }
    result.channels.push_back(std::move(part));
  }
  return result;
}

/// The part of the picture around small digits that is worth a closer look.
std::optional<Box> closer_look(const Sight& sight, const Image& picture) {
  const Plane& density = sight.strokes.density;
  const double down = static_cast<double>(picture.rows) / static_cast<double>(density.rows);
  const double across = static_cast<double>(picture.columns) / static_cast<double>(density.columns);
  if (std::max(down, across) <= 1) return {};
  double largest = 0;
  PixelBox all = sight.digits.front().box;
  for (const DigitParts& digit : sight.digits) {
    largest = std::max(largest, static_cast<double>(digit.box.longest()));
    all = united(all, digit.box);
  }
  if (largest > small_digit) return {};
  const auto place = [](double position, double scale, Index side) {
    return std::clamp(std::round(position * scale), 0.0, static_cast<double>(side));
  };
  const Box box{place(static_cast<double>(all.top) - largest, down, picture.rows),
                place(static_cast<double>(all.left) - largest, across, picture.columns),
                place(static_cast<double>(all.bottom) + largest, down, picture.rows),
                place(static_cast<double>(all.right) + largest, across, picture.columns)};
  if (box.height() < 1 || box.width() < 1) return {};
  // Nothing is gained where the part is nearly all of the picture.
  const double longer = static_cast<double>(std::max(picture.rows, picture.columns));
  if (std::max(box.height(), box.width()) > 0.7 * longer) return {};
  return box;
}

}  // namespace

Ink find_ink(const ColourImage& picture, const std::string& name) {
  const Image& first = picture.channels.front();
  Box area{0, 0, static_cast<double>(first.rows), static_cast<double>(first.columns)};
  std::optional<Sight> sight;
  if (!first.pixels.empty()) sight = look_at(picture, name);
  if (!sight) throw Error(fmt::format("{}: expected a digit, found an empty picture", name));
  if (const std::optional<Box> box = closer_look(*sight, first))
    if (std::optional<Sight> closer = look_at(cropped(picture, *box), name)) {
      sight = std::move(closer);
      area = *box;
    }
  return to_ink(*sight, area);
}

}  // namespace scanline::datasets
