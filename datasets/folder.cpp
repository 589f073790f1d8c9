#include "scanline/datasets/folder.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <system_error>

#include "scanline/datasets/digit.hpp"
#include "scanline/datasets/mnist.hpp"
#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/printable.hpp"

namespace scanline::datasets {
namespace {

namespace fs = std::filesystem;

/// What is in a folder, in the order of the names.
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

bool is_folder(const fs::path& path) {
  std::error_code error;
  return fs::is_directory(path, error);
}

/// The name of a folder, which model files and reports shall be able to hold.
std::string class_name(const fs::path& folder) {
  const std::string name = folder.filename().string();
  if (printable(name) != name)
    throw Error(fmt::format("{}: expected a folder with a printable name in UTF-8, found {}",
                            folder.parent_path().string(), printable(name, longest_quote)));
  return name;
}

void append(Dataset& dataset, const Image& image, std::size_t label) {
  dataset.pixels.insert(dataset.pixels.end(), image.pixels.begin(), image.pixels.end());
  dataset.labels.push_back(static_cast<Label>(label));
  ++dataset.count;
}

}  // namespace

Folder::Folder(const Request& request)
    : directory_(request.directory),
      has_parts_(is_folder(directory_ / "train") || is_folder(directory_ / "test")),
      class_names_(request.class_names) {
  if (directory_.empty())
    throw Error("--dataset folder: expected --data with the folder, found none");
  if (!class_names_.empty()) return;
  const fs::path train = directory_ / "train";
  for (const fs::path& subfolder : entries(is_folder(train) ? train : directory_))
    class_names_.push_back(class_name(subfolder));
  if (class_names_.empty() || class_names_.size() > most_classes)
    throw Error(fmt::format("{}: expected subfolders of 1 to {} classes, found {}",
                            directory_.string(), most_classes, class_names_.size()));
}

Dataset Folder::read(Part part) const {
  const std::string name = part == Part::train ? "train" : "test";
  if (!has_parts_ && part == Part::train)
    throw Error(fmt::format("{}: expected training pictures in a subfolder train, found none",
                            directory_.string()));
  const fs::path folder = has_parts_ ? directory_ / name : directory_;
  Dataset dataset{
      .name = "folder", .rows = image_side, .columns = image_side, .class_names = class_names_};
  for (const fs::path& subfolder : entries(folder)) {
    const auto found =
        std::find(class_names_.begin(), class_names_.end(), subfolder.filename().string());
    if (found == class_names_.end())
      throw Error(fmt::format("{}: expected subfolders named after the classes {}, found {}",
                              folder.string(), fmt::join(class_names_, ", "),
                              subfolder.filename().string()));
    const auto label = static_cast<std::size_t>(found - class_names_.begin());
    for (const fs::path& file : entries(subfolder)) append(dataset, read_digit(file), label);
  }
  if (dataset.count == 0)
    throw Error(
        fmt::format("{}: expected pictures in subfolders named after their class, found none",
                    folder.string()));
  return dataset;
}

std::optional<Normalization> Folder::normalization() const { return mnist_normalization; }

}  // namespace scanline::datasets
