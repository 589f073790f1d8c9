#include "scanline/datasets/folder.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <system_error>
#include <utility>

#include "scanline/datasets/detail/make_images.hpp"
#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/printable.hpp"

namespace scanline::datasets {
namespace {

namespace fs = std::filesystem;

constexpr Part parts[] = {Part::train, Part::validation, Part::test};

bool is_folder(const fs::path& path) {
  std::error_code error;
  return fs::is_directory(path, error);
}

bool is_hidden(const fs::path& path) { return path.filename().string().front() == '.'; }

void check_listed(const fs::path& folder, const std::error_code& error) {
  if (error)
    throw Error(fmt::format("{}: expected a folder of pictures, found: {}", folder.string(),
                            error.message()));
}

/// The folders in a folder, in the order of their names.
std::vector<fs::path> subfolders(const fs::path& folder) {
  std::vector<fs::path> result;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error))
    if (!is_hidden(entry->path()) && is_folder(entry->path())) result.push_back(entry->path());
  check_listed(folder, error);
  std::sort(result.begin(), result.end());
  return result;
}

/// The files in a folder and in the folders within it, in the order of their paths.
std::vector<fs::path> files(const fs::path& folder) {
  std::vector<fs::path> result;
  std::error_code error;
  for (fs::recursive_directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    const bool is_directory = is_folder(entry->path());
    if (is_directory && is_hidden(entry->path())) entry.disable_recursion_pending();
    if (!is_directory && !is_hidden(entry->path())) result.push_back(entry->path());
  }
  check_listed(folder, error);
  std::sort(result.begin(), result.end());
  return result;
}

/// The name of a folder, which model files and reports shall be able to hold.
std::string class_name(const fs::path& folder) {
  const std::string name = folder.filename().string();
  if (printable(name) != name)
    throw Error(fmt::format("{}: expected a folder with a printable name in UTF-8, found {}",
                            folder.parent_path().string(), printable(name, longest_quote)));
  return name;
}

/// A folder with the pictures of a class.
struct ClassFolder {
  fs::path path;
  Label label;
};

/// Those of a part. @throws Error for one that is not named after a class.
std::vector<ClassFolder> find_classes(const fs::path& folder,
                                      const std::vector<std::string>& class_names) {
  std::map<std::string, Label> labels;
  for (const std::string& name : class_names)
    labels.emplace(name, static_cast<Label>(labels.size()));
  std::vector<ClassFolder> result;
  for (const fs::path& subfolder : subfolders(folder)) {
    const auto found = labels.find(subfolder.filename().string());
    if (found == labels.end())
      throw Error(fmt::format("{}: expected subfolders named after the classes {}, found {}",
                              folder.string(), fmt::join(class_names, ", "),
                              subfolder.filename().string()));
    result.push_back({subfolder, found->second});
  }
  if (result.empty())
    throw Error(
        fmt::format("{}: expected pictures in subfolders named after their class, found none",
                    folder.string()));
  return result;
}

/// @throws Error unless each class folder has a picture. `labels` are those of all pictures.
void check_pictures(const fs::path& folder, const std::vector<ClassFolder>& classes,
                    const std::vector<Label>& labels) {
  const std::set<Label> found(labels.begin(), labels.end());
  std::vector<std::string> empty;
  for (const auto& [path, label] : classes)
    if (found.count(label) == 0) empty.push_back(path.filename().string());
  if (!empty.empty())
    throw Error(fmt::format("{}: expected pictures of each class, found none in {}",
                            folder.string(), fmt::join(empty, ", ")));
}

}  // namespace

Folder::Folder(const Request& request)
    : request_(request),
      has_parts_(
          std::any_of(std::begin(parts), std::end(parts),
                      [&](Part part) { return is_folder(request.directory / to_string(part)); })),
      class_names_(request.class_names) {
  if (request.directory.empty())
    throw Error("--dataset folder: expected --data with the folder, found none");
  if (!class_names_.empty()) return;
  const Part* const first =
      std::find_if(std::begin(parts), std::end(parts), [&](Part part) { return has(part); });
  for (const fs::path& subfolder : subfolders(folder_of(*first)))
    class_names_.push_back(class_name(subfolder));
  if (class_names_.empty() || class_names_.size() > most_classes)
    throw Error(fmt::format("{}: expected subfolders of 1 to {} classes, found {}",
                            request.directory.string(), most_classes, class_names_.size()));
}

fs::path Folder::folder_of(Part part) const {
  return has_parts_ ? request_.directory / to_string(part) : request_.directory;
}

bool Folder::has(Part part) const {
  return has_parts_ ? is_folder(folder_of(part)) : part == Part::train;
}

Dataset Folder::read(Part part) const {
  if (!has(part))
    throw Error(fmt::format("{}: expected pictures in a subfolder {}, found none",
                            request_.directory.string(), to_string(part)));
  const fs::path folder = folder_of(part);
  // Kaggle's test parts are folders of pictures without classes.
  const bool has_labels = part != Part::test || !subfolders(folder).empty();
  std::vector<ClassFolder> classes;
  std::vector<fs::path> pictures;
  std::vector<Label> all_labels;
  if (has_labels)
    classes = find_classes(folder, class_names_);
  else
    pictures = files(folder);
  for (const auto& [path, label] : classes) {
    for (fs::path& file : files(path)) pictures.push_back(std::move(file));
    all_labels.resize(pictures.size(), label);
  }
  check_pictures(folder, classes, all_labels);
  if (pictures.empty())
    throw Error(fmt::format("{}: expected pictures, found none", folder.string()));

  const Preparation preparation{request_.preparation, request_.image_size.value_or(ImageSize{})};
  MadeImages made = make_images(
      static_cast<Index>(pictures.size()), preparation.size,
      [&](Index i) {
        const fs::path& file = pictures[static_cast<std::size_t>(i)];
        return prepare(file, preparation);
      },
      request_, folder.string());
  std::vector<Label> labels;
  if (has_labels)
    for (const Index i : made.kept) labels.push_back(all_labels[static_cast<std::size_t>(i)]);
  check_pictures(folder, classes, labels);
  return {.name = "folder",
          .count = static_cast<Index>(made.kept.size()),
          .rows = preparation.size.rows,
          .columns = preparation.size.columns,
          .pixels = std::move(made.pixels),
          .labels = std::move(labels),
          .class_names = class_names_};
}

}  // namespace scanline::datasets
