#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "scanline/framework/core/shape.hpp"

namespace scanline::datasets {

/// What an IDX file holds: unsigned bytes in row-major order.
struct IdxArray {
  Shape extents;                     // one for each dimension
  std::vector<std::uint8_t> values;  // row-major
};

/// Reads an IDX file of unsigned bytes with `rank` dimensions, raw or gzipped. The format: two zero
/// bytes, the element type (8), the rank, each extent as a big-endian 32-bit number, the elements
/// (http://yann.lecun.com/exdb/mnist/). The file is read through once to see that it holds as many
/// bytes as its header says before memory for them is asked for.
/// @throws Error that names the file, what was expected and what was found.
IdxArray read_idx(const std::filesystem::path& file, Index rank);

}  // namespace scanline::datasets
