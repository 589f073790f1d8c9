#pragma once

#include <cstddef>
#include <vector>

#include "scanline/framework/core/shape.hpp"

namespace scanline::datasets {

/// The row-major positions of the pixels along the four sides of an image. Those in the corners
/// come twice.
std::vector<std::size_t> border_positions(Index rows, Index columns);

/// The median of at least one value; of an even number of values, the upper one of the two in the
/// middle.
double median(std::vector<double> values);

}  // namespace scanline::datasets
