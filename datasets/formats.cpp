#include "scanline/datasets/formats.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <system_error>

#include "scanline/datasets/decode_image.hpp"
#include "scanline/datasets/detail/gzip_file.hpp"
#include "scanline/datasets/detail/recognise.hpp"
#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/printable.hpp"

namespace scanline::datasets {
namespace {

namespace fs = std::filesystem;

/// The CRC-32 of a dataset's files without gzip.
struct Checksums {
  std::string dataset;
  std::array<std::uint32_t, 4> values;
};

// Small files come first, so that others are told apart quickly.
const std::array<std::string, 4> file_names{"t10k-labels-idx1-ubyte", "train-labels-idx1-ubyte",
                                            "t10k-images-idx3-ubyte", "train-images-idx3-ubyte"};
const std::array<Checksums, 2> known_datasets{
    {{"mnist", {0x4ab9eff9, 0xe0cb4ad2, 0x91373bdf, 0xe9f4d8b3}},
     {"fashion-mnist", {0x80142c1f, 0x741a4657, 0x678fe0b1, 0xb4f29f28}}}};

/// The CRC-32 of the content of this file or, if there is none, of the file with `.gz` added to its
/// name. It is 0 if there is neither.
std::uint32_t checksum(const fs::path& directory, const std::string& name) {
  std::error_code error;
  for (const fs::path& path : {directory / name, directory / (name + ".gz")}) {
    if (!fs::exists(path, error)) continue;
    GzipFile file(path, "an IDX file");
    std::vector<std::uint8_t> buffer(1 << 18);
    uLong value = crc32(0, nullptr, 0);
    for (std::size_t got = buffer.size(); got == buffer.size();) {
      got = file.read(buffer);
      value = crc32(value, buffer.data(), static_cast<uInt>(got));
    }
    return static_cast<std::uint32_t>(value);
  }
  return 0;
}

std::string detect_idx(const fs::path& path) {
  if (!has_idx_files(path)) return {};
  std::vector<Checksums> left(known_datasets.begin(), known_datasets.end());
  for (std::size_t i = 0; i < file_names.size() && !left.empty(); ++i) {
    const std::uint32_t found = checksum(path, file_names[i]);
    std::erase_if(left, [&](const Checksums& known) { return known.values[i] != found; });
  }
  return left.empty() ? "idx" : left.front().dataset;
}

/// Whether a directory has a folder with pictures.
bool has_folders_of_pictures(const fs::path& directory) {
  std::error_code error;
  for (fs::directory_iterator folder(directory, error), end; !error && folder != end;
       folder.increment(error)) {
    std::error_code inner;
    if (folder->path().filename().string().starts_with('.') || !folder->is_directory(inner))
      continue;
    for (fs::directory_iterator file(folder->path(), inner); !inner && file != end;
         file.increment(inner)) {
      if (has_picture_name(file->path())) return true;
    }
  }
  return false;
}

std::string detect_folder(const fs::path& path) {
  return has_folders_of_pictures(path) || has_folders_of_pictures(path / "train") ||
                 has_folders_of_pictures(path / "test")
             ? "folder"
             : "";
}

}  // namespace

Formats built_in_formats() {
  return {{{"mnist", "fashion-mnist", "idx"},
           "IDX files such as train-images-idx3-ubyte.gz",
           detect_idx},
          {{"folder"}, "folders of pictures that are named after their class", detect_folder},
          {{"csv"},
           "a CSV file or train.csv",
           [](const fs::path& path) { return has_csv_files(path) ? "csv" : ""; }},
          {{"npz"}, "an NPZ file", [](const fs::path& path) {
             return find_npz_files(path).empty() ? "" : "npz";
           }}};
}

std::string detect(const Formats& formats, const fs::path& path) {
  std::vector<std::string> found, looked_for;
  std::error_code error;
  const bool exists = fs::exists(path, error);
  for (const Format& format : formats) {
    const std::string dataset = exists ? format.detect(path) : "";
    if (!dataset.empty()) found.push_back(dataset);
    looked_for.push_back(format.files);
  }
  if (found.size() == 1) return found.front();
  const std::string name = printable(path.string());
  if (!found.empty())
    throw Error(fmt::format("{}: expected one dataset, found {}; --dataset chooses one", name,
                            fmt::join(found, " and ")));
  throw Error(fmt::format("{}: expected {}, found {}", name, fmt::join(looked_for, ", or "),
                          exists ? "none of them" : "no such file or directory"));
}

std::string detect_for(const std::string& dataset, const Formats& formats, const fs::path& path) {
  const auto reads = [&](const Format& format) {
    return std::count(format.datasets.begin(), format.datasets.end(), dataset) > 0;
  };
  const auto own = std::find_if(formats.begin(), formats.end(), reads);
  if (own == formats.end() || !own->detect(path).empty()) return dataset;
  const bool is_something = std::any_of(formats.begin(), formats.end(), [&](const Format& format) {
    return !format.detect(path).empty();
  });
  return is_something ? detect(formats, path) : dataset;
}

}  // namespace scanline::datasets
