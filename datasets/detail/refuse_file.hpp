#pragma once

#include <filesystem>
#include <string>

namespace scanline::datasets {

/// Throws an Error that names a file or directory, what was expected of it and what was found. Text
/// from the file is made printable, and cut where it is long.
[[noreturn]] void refuse_file(const std::filesystem::path& path, const std::string& expected,
                              const std::string& found);

}  // namespace scanline::datasets
