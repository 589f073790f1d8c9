#pragma once

#include "scanline/framework/core/shape.hpp"

namespace scanline {

/// A number for the height of an image and one for its width. One number is converted to both, as
/// PyTorch does: `{.stride = 2}` is the same as `{.stride = {2, 2}}`.
struct Size2d {
  /// The same number for both.
  Size2d(Index both) : height(both), width(both) {}
  /// One number for each.
  Size2d(Index of_height, Index of_width) : height(of_height), width(of_width) {}

  Index height;  ///< Along the rows' axis, from top to bottom.
  Index width;   ///< Along the columns' axis, from left to right.
};

}  // namespace scanline
