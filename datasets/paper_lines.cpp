#include "scanline/datasets/detail/paper_lines.hpp"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace scanline::datasets {
namespace {

/// Calls `use(begin, end)` for each run of ink in a row.
template <typename Use>
void for_each_run(const Mask& mask, Index row, const Use& use) {
  const std::uint8_t* pixels = mask.pixels.data() + row * mask.columns;
  for (Index c = 0; c < mask.columns;) {
    if (pixels[c] == 0) {
      ++c;
      continue;
    }
    const Index begin = c;
    while (c < mask.columns && pixels[c] != 0) ++c;
    use(begin, c);
  }
}

/// Joins runs of a row over gaps of at most `gap` pixels, and keeps those that are long then.
Mask long_runs(const Mask& ink, Index gap, Index length) {
  Mask result{ink.rows, ink.columns, std::vector<std::uint8_t>(ink.pixels.size())};
  for (Index row = 0; row < ink.rows; ++row) {
    Index first = 0, last = 0;  // of the runs that have been joined
    const auto keep = [&] {
      if (last - first >= length)
        std::fill(result.pixels.begin() + row * ink.columns + first,
                  result.pixels.begin() + row * ink.columns + last, std::uint8_t{1});
    };
    for_each_run(ink, row, [&](Index begin, Index end) {
      if (begin - last > gap) {
        keep();
        first = begin;
      }
      last = end;
    });
    keep();
  }
  return result;
}

/// For each pixel, how many columns the longest path through it has to the left or, backwards, to
/// the right. A path goes from a pixel to one of the three that touch it in the next column.
std::vector<std::int32_t> path_lengths(const Mask& mask, bool backwards) {
  std::vector<std::int32_t> lengths(mask.pixels.size());
  for (Index step = 0; step < mask.columns; ++step) {
    const Index column = backwards ? mask.columns - 1 - step : step;
    const Index before = backwards ? column + 1 : column - 1;
    for (Index row = 0; row < mask.rows; ++row) {
      const std::size_t p = mask.at(row, column);
      if (mask.pixels[p] == 0) continue;
      std::int32_t longest = 0;
      if (step > 0)
        for (Index r = std::max<Index>(row - 1, 0); r <= std::min(row + 1, mask.rows - 1); ++r)
          longest = std::max(longest, lengths[mask.at(r, before)]);
      lengths[p] = longest + 1;
    }
  }
  return lengths;
}

/// The length of the run of ink in its column that each pixel is in.
std::vector<std::int32_t> heights(const Mask& ink) {
  const Mask turned = transposed(ink);
  std::vector<std::int32_t> result(ink.pixels.size());
  for (Index column = 0; column < ink.columns; ++column)
    for_each_run(turned, column, [&](Index begin, Index end) {
      for (Index row = begin; row < end; ++row)
        result[ink.at(row, column)] = static_cast<std::int32_t>(end - begin);
    });
  return result;
}

/// The most lines that a column crosses.
Index count_lines(const Mask& lines) {
  const Mask turned = transposed(lines);
  Index most = 0;
  for (Index column = 0; column < turned.rows; ++column) {
    Index count = 0;
    for_each_run(turned, column, [&](Index, Index) { ++count; });
    most = std::max(most, count);
  }
  return most;
}

/// The lines that are nearly level. Paths that bend only a little and never end are lines; see H.
/// Heijmans, M. Buckley, H. Talbot, *Path Openings and Closings* (2005).
Mask find_level_lines(const Mask& ink) {
  const Mask runs = long_runs(ink, 3, std::max<Index>(8, ink.columns / 40));
  const std::vector<std::int32_t> left = path_lengths(runs, false),
                                  right = path_lengths(runs, true);
  const auto longer_than = [&](double share) {
    const auto least = static_cast<std::int32_t>(share * static_cast<double>(ink.columns));
    Mask lines{ink.rows, ink.columns, std::vector<std::uint8_t>(ink.pixels.size())};
    for (std::size_t p = 0; p < ink.pixels.size(); ++p)
      lines.pixels[p] = runs.pixels[p] != 0 && left[p] + right[p] > least ? 1 : 0;
    return lines;
  };
  Mask lines = longer_than(0.5);
  if (count_lines(lines) < 4) lines = longer_than(0.9);

  // Paths go through strokes too, which are higher than lines.
  const std::vector<std::int32_t> height = heights(ink);
  const double most = 2 + 0.012 * static_cast<double>(std::max(ink.rows, ink.columns));
  std::vector<float> thin;
  for (std::size_t p = 0; p < ink.pixels.size(); ++p)
    if (lines.pixels[p] != 0 && ink.pixels[p] != 0 && height[p] <= most)
      thin.push_back(static_cast<float>(height[p]));
  const float highest = thin.empty() ? 0 : 1.3F * quantile(std::move(thin), 0.5) + 1;
  for (std::size_t p = 0; p < ink.pixels.size(); ++p)
    if (ink.pixels[p] == 0 || static_cast<float>(height[p]) > highest) lines.pixels[p] = 0;
  return lines;
}

}  // namespace

Mask find_paper_lines(const Mask& ink) {
  constexpr Index small_side = 64;  // the strokes of a digit are as long and thin as lines here
  if (std::min(ink.rows, ink.columns) < small_side)
    return {ink.rows, ink.columns, std::vector<std::uint8_t>(ink.pixels.size())};
  Mask lines = find_level_lines(ink);
  const Mask upright = transposed(find_level_lines(transposed(ink)));
  for (std::size_t p = 0; p < lines.pixels.size(); ++p) lines.pixels[p] |= upright.pixels[p];
  return lines;
}

}  // namespace scanline::datasets
