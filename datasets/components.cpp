#include "scanline/datasets/detail/components.hpp"

#include <algorithm>
#include <cstddef>

namespace scanline::datasets {
namespace {

/// For each pixel of the ink, the side of the largest square of ink whose lower right corner it is.
std::vector<std::int32_t> squares(const Mask& mask) {
  std::vector<std::int32_t> sides(mask.pixels.size());
  for (Index r = 0; r < mask.rows; ++r)
    for (Index c = 0; c < mask.columns; ++c) {
      const std::size_t p = mask.at(r, c);
      if (mask.pixels[p] == 0) continue;
      sides[p] = 1;
      if (r > 0 && c > 0)
        sides[p] += std::min(
            {sides[mask.at(r - 1, c)], sides[mask.at(r, c - 1)], sides[mask.at(r - 1, c - 1)]});
    }
  return sides;
}

void add(Component& part, const Mask& mask, Index row, Index column) {
  part.box = united(part.box, {row, column, row + 1, column + 1});
  ++part.area;
  part.contact[0] += row == 0;
  part.contact[1] += column == 0;
  part.contact[2] += row == mask.rows - 1;
  part.contact[3] += column == mask.columns - 1;
}

}  // namespace

PixelBox united(const PixelBox& a, const PixelBox& b) {
  return {std::min(a.top, b.top), std::min(a.left, b.left), std::max(a.bottom, b.bottom),
          std::max(a.right, b.right)};
}

Components find_components(const Mask& mask, const Plane& density) {
  Components found{std::vector<std::int32_t>(mask.pixels.size(), -1), {}};
  const std::vector<std::int32_t> sides = squares(mask);
  std::vector<std::size_t> pending;
  for (std::size_t start = 0; start < mask.pixels.size(); ++start) {
    if (mask.pixels[start] == 0 || found.labels[start] >= 0) continue;
    const auto label = static_cast<std::int32_t>(found.list.size());
    Component part{{mask.rows, mask.columns, 0, 0}};
    found.labels[start] = label;
    pending.push_back(start);
    while (!pending.empty()) {
      const std::size_t p = pending.back();
      pending.pop_back();
      const Index row = static_cast<Index>(p) / mask.columns;
      const Index column = static_cast<Index>(p) % mask.columns;
      add(part, mask, row, column);
      part.width = std::max<Index>(part.width, sides[p]);
      part.density += static_cast<double>(density.values[p]);
      for (Index r = std::max<Index>(row - 1, 0); r <= std::min(row + 1, mask.rows - 1); ++r)
        for (Index c = std::max<Index>(column - 1, 0); c <= std::min(column + 1, mask.columns - 1);
             ++c) {
          const std::size_t next = mask.at(r, c);
          if (mask.pixels[next] == 0 || found.labels[next] >= 0) continue;
          found.labels[next] = label;
          pending.push_back(next);
        }
    }
    part.density /= static_cast<double>(part.area);
    found.list.push_back(part);
  }
  return found;
}

Mask transposed(const Mask& mask) {
  Mask result{mask.columns, mask.rows, std::vector<std::uint8_t>(mask.pixels.size())};
  for (Index r = 0; r < mask.rows; ++r)
    for (Index c = 0; c < mask.columns; ++c)
      result.pixels[result.at(c, r)] = mask.pixels[mask.at(r, c)];
  return result;
}

}  // namespace scanline::datasets
