#pragma once

#include <filesystem>

namespace scanline::datasets {

/// Whether there are IDX files under names that `IdxDirectory` knows in a directory.
bool has_idx_files(const std::filesystem::path& path);

/// Whether a path is a CSV file, or a directory with the file of a training or test part.
bool has_csv_files(const std::filesystem::path& path);

/// The NPZ file that a path names: itself, or the only one in the directory; empty for none.
/// @throws Error for a directory with several.
std::filesystem::path find_npz(const std::filesystem::path& path);

}  // namespace scanline::datasets
