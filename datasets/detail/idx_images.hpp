#pragma once

#include <filesystem>

#include "scanline/datasets/detail/image_numbers.hpp"

namespace scanline::datasets {

/// The images in an IDX file, raw or gzipped, whose elements have any of the types that IDX files
/// can have. Only the header is read.
/// @throws Error as `read_idx` does for a header.
ImageNumbers find_idx_images(const std::filesystem::path& file);

}  // namespace scanline::datasets
