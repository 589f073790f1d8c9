#pragma once

#include <filesystem>
#include <string>

namespace scanline::train {

/// Makes `<parent>/<stem>-<n>` with a number above all existing ones, and `parent` where it does
/// not exist. Two processes that do so at the same moment get two directories.
/// @throws Error when it cannot be made.
std::filesystem::path make_numbered_directory(const std::filesystem::path& parent,
                                              const std::string& stem);

/// Makes the directory, and those that it is in, where they do not exist.
/// @throws Error when it cannot be made.
void make_directory(const std::filesystem::path& directory);

}  // namespace scanline::train
