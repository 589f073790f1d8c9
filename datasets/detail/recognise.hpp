#pragma once

#include <filesystem>
#include <vector>

namespace scanline::datasets {

/// Whether there are IDX files under names that `IdxDirectory` knows in a directory.
bool has_idx_files(const std::filesystem::path& path);

/// Whether a path is a CSV file, or a directory with the file of a training or test part.
bool has_csv_files(const std::filesystem::path& path);

/// The NPZ files that a path names: itself, or those in the directory, sorted by name.
std::vector<std::filesystem::path> find_npz_files(const std::filesystem::path& path);

}  // namespace scanline::datasets
