#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace scanline::datasets {

/// A format of datasets that is recognised by its files, so that nobody has to name it.
struct Format {
  std::vector<std::string> datasets;  ///< The rows of the registry that read such files.
  std::string files;                  ///< What is looked for, in messages.
  /// The row of the registry that reads what is at a path; empty where that is something else.
  std::function<std::string(const std::filesystem::path& path)> detect;
};

/// The formats that can be recognised. A program may add formats of its own.
using Formats = std::vector<Format>;

/// The formats of scanline's own datasets. Files that are exactly those of MNIST or Fashion-MNIST
/// are recognised by their checksums; others under the same names are `idx`.
Formats built_in_formats();

/// The row of the registry that reads what is at a path.
/// @throws Error that lists what was looked for where nothing is recognised, or that names the
///   formats where several are.
std::string detect(const Formats& formats, const std::filesystem::path& path);

/// The row of the registry that reads what is at a path, for a model that was trained on `dataset`:
/// this row, unless the path has another format only.
/// @throws Error that names the formats where several others are there.
std::string detect_for(const std::string& dataset, const Formats& formats,
                       const std::filesystem::path& path);

}  // namespace scanline::datasets
