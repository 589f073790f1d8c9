#include "scanline/datasets/folder.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <system_error>

#include "scanline/datasets/digit.hpp"
#include "scanline/framework/core/error.hpp"

namespace scanline::datasets {
namespace {

namespace fs = std::filesystem;

/// What lies in a folder, in the order of the names.
std::vector<fs::path> entries(const fs::path& folder) {
  std::vector<fs::path> result;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error))
    if (entry->path().filename().string().front() != '.') result.push_back(entry->path());
  if (error)
    throw Error(fmt::format("{}: expected a folder of pictures, found: {}", folder.string(),
                            error.message()));
  std::sort(result.begin(), result.end());
  return result;
}

}  // namespace

void append(ImageDataset& images, const std::vector<std::uint8_t>& pixels, std::uint8_t label) {
  images.pixels.insert(images.pixels.end(), pixels.begin(), pixels.end());
  images.labels.push_back(label);
  ++images.count;
}

void append_folder(ImageDataset& images, const fs::path& folder) {
  const std::vector<std::string>& names = images.class_names;
  const Index before = images.count;
  for (const fs::path& subfolder : entries(folder)) {
    const auto name = std::find(names.begin(), names.end(), subfolder.filename().string());
    if (name == names.end())
      throw Error(fmt::format("{}: expected subfolders named after the classes {}, found {}",
                              folder.string(), fmt::join(names, ", "),
                              subfolder.filename().string()));
    const auto label = static_cast<std::uint8_t>(name - names.begin());
    for (const fs::path& file : entries(subfolder)) append(images, read_digit(file).pixels, label);
  }
  if (images.count == before)
    throw Error(
        fmt::format("{}: expected pictures in subfolders named after their class, found "
                    "none",
                    folder.string()));
}

}  // namespace scanline::datasets
