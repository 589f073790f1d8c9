#pragma once

#include "scanline/framework/core/shape.hpp"

namespace scanline {

/// A row-major array as seen along one of its axes: `outer` groups of `extent` blocks, each of
/// `inner` contiguous elements. Element (o, k, i) is at (o * extent + k) * inner + i.
struct AxisBlocks {
  /// @throws Error, naming `op`, when the axis does not exist.
  AxisBlocks(const char* op, const Shape& shape, Index axis) {
    const Index a = normalize_axis(op, axis, shape.rank());
    outer = shape.slice(0, a).element_count();
    extent = shape[a];
    inner = shape.slice(a + 1, shape.rank()).element_count();
  }
  Index outer, extent, inner;
};

}  // namespace scanline
