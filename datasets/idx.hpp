#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "scanline/framework/core/shape.hpp"

namespace scanline::datasets {

/// The content of an IDX file: unsigned bytes in row-major order.
struct IdxArray {
  Shape extents;                     ///< One for each dimension.
  std::vector<std::uint8_t> values;  ///< Row-major.
};

/// Reads an IDX file of unsigned bytes with `rank` dimensions, raw or gzipped. The format: two zero
/// bytes, the element type (8), the rank, each extent as a big-endian 32-bit number, the elements
/// (http://yann.lecun.com/exdb/mnist/). The file is read through once to see that it holds as many
/// bytes as its header says before memory for them is asked for.
/// @throws Error that names the file, what was expected and what was found.
IdxArray read_idx(const std::filesystem::path& file, Index rank);

/// Reads the labels in an IDX file, raw or gzipped: unsigned bytes, or signed numbers of 1, 2
/// or 4 bytes. Where the file has two dimensions, as QMNIST's have, they are its first column.
/// @throws Error as `read_idx` does.
std::vector<std::int32_t> read_idx_labels(const std::filesystem::path& file);

}  // namespace scanline::datasets
