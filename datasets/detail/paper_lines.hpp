#pragma once

#include "scanline/datasets/detail/components.hpp"

namespace scanline::datasets {

/// The pixels of `ink` that are lines of ruled or squared paper, or its margin. A line is thin and
/// nearly level or upright. It goes through the picture, or there are at least four such lines of
/// half the picture's length. Where a stroke crosses a line, the stroke's pixels are no part of it.
/// Images of less than 64 pixels have no lines.
Mask find_paper_lines(const Mask& ink);

}  // namespace scanline::datasets
