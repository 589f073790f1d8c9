#pragma once

#include <filesystem>

#include "scanline/datasets/mnist.hpp"

namespace scanline::datasets {

/// Adds an image of `rows` x `columns` pixels to a dataset.
void append(ImageDataset& images, const std::vector<std::uint8_t>& pixels, std::uint8_t label);

/// Adds the pictures of a folder to a dataset, each prepared as `read_digit` does: those in the
/// subfolder `7` are of the class that is called 7. Subfolders that are not there have no pictures;
/// what begins with a dot is passed over. The order is that of the names.
/// @throws Error for a subfolder that is not named after a class, a file that is no picture, or a
///   folder without any.
void append_folder(ImageDataset& images, const std::filesystem::path& folder);

}  // namespace scanline::datasets
