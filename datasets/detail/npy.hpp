#pragma once

#include "scanline/datasets/detail/byte_stream.hpp"
#include "scanline/datasets/detail/number_file.hpp"
#include "scanline/framework/core/shape.hpp"

namespace scanline::datasets {

/// What the header of an NPY file says of its array.
struct NpyHeader {
  ElementType type;
  Shape shape;
};

/// Reads the header of an NPY file of version 1 to 3
/// (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html). The elements are
/// boolean values, integers, floats of 4 or 8 bytes or texts, in row-major order.
/// @throws Error for anything else, and for an array whose size does not fit into an Index.
NpyHeader read_npy_header(ByteStream& file);

}  // namespace scanline::datasets
