#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "scanline/datasets/detail/plane.hpp"

namespace scanline::datasets {

/// Which pixels of an image are ink: 1 if they are, 0 if not.
struct Mask {
  Index rows = 0;
  Index columns = 0;
  std::vector<std::uint8_t> pixels;  // (rows, columns)

  std::size_t at(Index row, Index column) const {
    return static_cast<std::size_t>(row * columns + column);
  }
};

/// A rectangle of whole pixels.
struct PixelBox {
  Index top, left, bottom, right;  // bottom and right are beyond it

  Index height() const { return bottom - top; }
  Index breadth() const { return right - left; }
  Index longest() const { return height() > breadth() ? height() : breadth(); }
};

/// The smallest rectangle that contains both.
PixelBox united(const PixelBox& a, const PixelBox& b);

/// Pixels of ink that hang together, over sides and corners.
struct Component {
  PixelBox box;
  Index area = 0;                  // pixels
  Index width = 0;                 // of the widest stroke: of the largest square inside
  double density = 0;              // mean of another plane's values
  std::array<Index, 4> contact{};  // pixels at the image's top, left, bottom and right side
};

/// All components of an image.
struct Components {
  std::vector<std::int32_t> labels;  // of each pixel: a position in `list`, or -1
  std::vector<Component> list;
};

/// Finds the components of a mask. `density` has a value for each pixel.
Components find_components(const Mask& mask, const Plane& density);

/// The mask with rows as columns.
Mask transposed(const Mask& mask);

}  // namespace scanline::datasets
