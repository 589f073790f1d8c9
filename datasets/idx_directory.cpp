#include "scanline/datasets/idx_directory.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <system_error>
#include <utility>

#include "scanline/datasets/detail/idx_images.hpp"
#include "scanline/datasets/detail/pixel_scale.hpp"
#include "scanline/datasets/detail/recognise.hpp"
#include "scanline/datasets/detail/refuse_file.hpp"
#include "scanline/datasets/detail/text_lines.hpp"
#include "scanline/datasets/detail/utf8.hpp"
#include "scanline/datasets/idx.hpp"
#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/printable.hpp"
#include "scanline/framework/core/suggest.hpp"

namespace scanline::datasets {
namespace {

namespace fs = std::filesystem;

const std::string no_prefix = "none";

/// The files of one dataset: "train-images" and "train-labels", perhaps "test-images", and perhaps
/// "test-labels".
using Files = std::map<std::string, fs::path>;

std::vector<fs::path> files_in(const fs::path& directory) {
  std::vector<fs::path> result;
  std::error_code error;
  for (fs::directory_iterator entry(directory, error), end; !error && entry != end;
       entry.increment(error))
    result.push_back(entry->path());
  if (error) refuse_file(directory, "a directory with IDX files", "none: " + error.message());
  std::sort(result.begin(), result.end());
  return result;
}

/// The datasets in a directory, by the prefix of their names.
std::map<std::string, Files> find_datasets(const fs::path& directory) {
  static const std::regex pattern(
      R"((?:([\s\S]+)-)?(train|t10k|test)-(images|labels)[-.]idx[123]-(?:u?byte|short|int|float|double)(?:\.gz)?)");
  std::map<std::string, Files> datasets;
  for (const fs::path& file : files_in(directory)) {
    const std::string name = file.filename().string();
    std::smatch parts;
    if (!std::regex_match(name, parts, pattern)) continue;
    const std::string key = (parts[2] == "train" ? "train-" : "test-") + parts[3].str();
    Files& files = datasets[parts[1].matched ? parts[1].str() : no_prefix];
    const auto [known, is_new] = files.emplace(key, file);
    // Files are sorted by name, so the raw file comes before the gzipped one, and is taken.
    if (!is_new && file.string() != known->second.string() + ".gz")
      refuse_file(directory, fmt::format("one file of {}", key),
                  fmt::format("{} and {}", known->second.filename().string(), name));
  }
  return datasets;
}

/// The prefix of the dataset that is meant, and its files.
std::pair<std::string, Files> find_files(const fs::path& directory, const std::string& prefix) {
  std::map<std::string, Files> datasets = find_datasets(directory);
  if (datasets.empty())
    refuse_file(directory,
                "IDX files such as train-images-idx3-ubyte or "
                "emnist-digits-train-images-idx3-ubyte.gz",
                "none");
  std::vector<std::string> prefixes;
  for (const auto& [name, files] : datasets) prefixes.push_back(name);
  if (prefix.empty() && datasets.size() > 1)
    refuse_file(directory, "one dataset, or --prefix to choose one",
                fmt::format("{}", fmt::join(prefixes, ", ")));
  const std::string chosen = prefix.empty() ? prefixes.front() : prefix;
  if (!datasets.contains(chosen))
    throw Error(printable(directory.string() + ": " + unknown_name("prefix", chosen, prefixes)));
  for (const std::string key : {"train-images", "train-labels", "test-images"}) {
    const bool is_needed = key != "test-images" || datasets[chosen].contains("test-labels");
    if (is_needed && !datasets[chosen].contains(key))
      refuse_file(directory,
                  fmt::format("{}{}-{}, raw or with .gz behind its name",
                              chosen == no_prefix ? "" : chosen + "-", key,
                              key.ends_with("images") ? "idx3-ubyte" : "idx1-ubyte"),
                  "none");
  }
  return {chosen, datasets[chosen]};
}

/// The names in a mapping of labels to characters. A label with several has all of them.
std::map<Index, std::string> read_mapping(const fs::path& file) {
  TextLines lines(file, "a mapping of labels");
  std::map<Index, std::string> names;
  for (std::string line; lines.next(line);) {
    if (line.find_first_not_of(" \t") == std::string::npos) continue;
    std::istringstream in(line);
    Index label = 0;
    std::string name;
    bool is_sound = static_cast<bool>(in >> label);
    for (Index code = 0; is_sound && in >> code;) {
      name += utf8(code);
      is_sound = !utf8(code).empty();
    }
    if (!is_sound || !in.eof() || name.empty())
      lines.fail(0, "a label and the code points of its characters", line);
    if (!names.emplace(label, name).second)
      lines.fail(0, "each label once", fmt::format("{} again", label));
  }
  return names;
}

/// The names in a list of classes; empty lines at its end do not count.
std::vector<std::string> read_list(const fs::path& file) {
  TextLines lines(file, "a list of classes");
  std::vector<std::string> names;
  bool has_ended = false;
  for (std::string line; lines.next(line);) {
    if (!line.empty() && has_ended)
      lines.fail(0, "no empty lines before it", "a class behind an empty line");
    if (printable(line, longest_quote) != line)
      lines.fail(0, "a printable name in UTF-8 of at most 200 bytes", line);
    has_ended = line.empty();
    if (!has_ended) names.push_back(line);
    if (names.size() > most_classes)
      lines.fail(0, fmt::format("at most {} classes", most_classes), "more");
  }
  return names;
}

/// The mapping of a dataset. One under MNIST's names has the only mapping there is.
fs::path find_mapping(const fs::path& directory, const std::string& prefix) {
  std::vector<fs::path> found;
  for (const fs::path& file : files_in(directory)) {
    const std::string name = file.filename().string();
    const bool is_of_any = name.ends_with("-mapping.txt") && prefix == no_prefix;
    if (name == prefix + "-mapping.txt" || is_of_any) found.push_back(file);
  }
  if (found.size() > 1)
    refuse_file(
        directory, "one mapping of labels",
        fmt::format("{} and {}", found[0].filename().string(), found[1].filename().string()));
  return found.empty() ? fs::path() : found.front();
}

/// The names of the classes with these labels.
std::vector<std::string> name_classes(const std::vector<std::int32_t>& classes,
                                      const fs::path& directory, const std::string& prefix) {
  const fs::path mapping = find_mapping(directory, prefix), list = directory / "classes.txt";
  std::vector<std::string> names;
  std::error_code error;
  if (!mapping.empty()) {
    const std::map<Index, std::string> known = read_mapping(mapping);
    for (const std::int32_t label : classes) {
      const auto found = known.find(label);
      if (found == known.end())
        refuse_file(mapping, fmt::format("a line for label {}", label), "none");
      names.push_back(found->second);
    }
  } else if (fs::exists(list, error)) {
    names = read_list(list);
    if (names.size() != classes.size())
      refuse_file(list,
                  fmt::format("{} lines, one for each class of the training part", classes.size()),
                  fmt::to_string(names.size()));
  } else {
    for (const std::int32_t label : classes) names.push_back(fmt::to_string(label));
  }
  std::set<std::string> distinct;
  for (const std::string& name : names)
    if (!distinct.insert(name).second)
      refuse_file(mapping.empty() ? list : mapping, "a name for each class", name + " twice");
  return names;
}

/// Numbers each class as a model does, or in the order of `names` if there is no model.
std::vector<Label> number_classes(const std::vector<std::string>& names,
                                  const std::vector<std::string>& order,
                                  const fs::path& directory) {
  std::map<std::string, std::size_t> places;
  for (std::size_t i = 0; i < order.size(); ++i) places.emplace(order[i], i);
  std::vector<Label> numbers;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto place = places.find(names[i]);
    if (!order.empty() && place == places.end())
      refuse_file(directory, fmt::format("classes among {}", fmt::join(order, ", ")), names[i]);
    numbers.push_back(static_cast<Label>(order.empty() ? i : place->second));
  }
  return numbers;
}

/// Changes rows and columns of each image.
void transpose(Dataset& dataset) {
  const Index rows = dataset.rows, columns = dataset.columns;
  std::vector<std::uint8_t> image(static_cast<std::size_t>(rows * columns));
  for (Index n = 0; n < dataset.count; ++n) {
    std::uint8_t* pixels = dataset.pixels.data() + n * rows * columns;
    std::copy_n(pixels, image.size(), image.begin());
    for (Index r = 0; r < rows; ++r)
      for (Index c = 0; c < columns; ++c)
        pixels[c * rows + r] = image[static_cast<std::size_t>(r * columns + c)];
  }
  std::swap(dataset.rows, dataset.columns);
}

/// The labels in a file, each once, in ascending order.
std::vector<std::int32_t> read_classes(const fs::path& file) {
  std::vector<std::int32_t> classes = read_idx_labels(file);
  std::sort(classes.begin(), classes.end());
  classes.erase(std::unique(classes.begin(), classes.end()), classes.end());
  if (classes.size() > most_classes)
    refuse_file(file, fmt::format("at most {} classes", most_classes),
                fmt::to_string(classes.size()));
  return classes;
}

/// Reads the labels of images and appends their numbers to the dataset, which has these images.
void append_labels(Dataset& dataset, const fs::path& file, const fs::path& images,
                   const std::vector<std::int32_t>& classes, const std::vector<Label>& numbers) {
  const std::vector<std::int32_t> labels = read_idx_labels(file);
  if (static_cast<Index>(labels.size()) != dataset.count)
    refuse_file(file,
                fmt::format("{} labels, one for each image of {}", dataset.count, images.string()),
                fmt::to_string(labels.size()));
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const auto found = std::lower_bound(classes.begin(), classes.end(), labels[i]);
    if (found == classes.end() || *found != labels[i])
      refuse_file(file, "labels that the training part has",
                  fmt::format("{} at position {}", labels[i], i + 1));
    dataset.labels.push_back(numbers[static_cast<std::size_t>(found - classes.begin())]);
  }
}

}  // namespace

bool has_idx_files(const fs::path& path) {
  std::error_code error;
  return fs::is_directory(path, error) && !find_datasets(path).empty();
}

void IdxDirectory::Options::declare(Fields& fields) {
  fields.add("transpose", transpose, "Exchange rows and columns of the images (EMNIST needs this)");
  fields
      .add("prefix", prefix,
           "Common prefix of the file names, such as emnist-digits; none: MNIST's own names")
      .placeholder = "NAME";
  declare_max_value(fields, max_value);
}

IdxDirectory::IdxDirectory(const Request& request, const Options& options)
    : directory_(request.directory),
      class_names_(request.class_names),
      note_(request.note),
      options_(options) {
  if (directory_.empty())
    throw Error("--dataset idx: expected --data with the directory of the files, found none");
}

bool IdxDirectory::has(Part part) const {
  if (part == Part::validation) return false;
  const auto [prefix, files] = find_files(directory_, options_.prefix);
  return files.contains(part == Part::train ? "train-images" : "test-images");
}

Dataset IdxDirectory::read(Part part) const {
  const auto [prefix, files] = find_files(directory_, options_.prefix);
  const std::string name = part == Part::train ? "train" : "test";
  const auto image_file = files.find(name + "-images"), label_file = files.find(name + "-labels");
  if (image_file == files.end())
    refuse_file(directory_, fmt::format("images of a part {}", name), "none");
  const ImageNumbers training = find_idx_images(files.at("train-images"));
  const ImageNumbers images = part == Part::train ? training : find_idx_images(image_file->second);
  check_size(images);
  if (images.rows != training.rows || images.columns != training.columns)
    refuse_file(image_file->second,
                fmt::format("images of {}x{}, as for training", training.rows, training.columns),
                fmt::format("{}x{}", images.rows, images.columns));
  const std::vector<std::int32_t> classes = read_classes(files.at("train-labels"));
  const std::vector<std::string> names = name_classes(classes, directory_, prefix);
  const std::vector<Label> numbers = number_classes(names, class_names_, directory_);
  Dataset dataset{.name = "idx",
                  .count = images.count,
                  .rows = images.rows,
                  .columns = images.columns,
                  .class_names = class_names_.empty() ? names : class_names_};
  if (label_file != files.end())
    append_labels(dataset, label_file->second, image_file->second, classes, numbers);
  const double white = find_white(training, options_.max_value);
  Pixels pixels = read_pixels(images, white, options_.max_value);
  if (part == Part::train) note_on_range(note_, image_file->second, pixels.largest, white);
  dataset.pixels = std::move(pixels.values);
  if (options_.transpose) transpose(dataset);
  return dataset;
}

Dataset read_idx_images(const fs::path& file, const IdxDirectory::Options& options) {
  const ImageNumbers images = find_idx_images(file);
  check_size(images);
  Dataset dataset{
      .name = "idx", .count = images.count, .rows = images.rows, .columns = images.columns};
  const double white = find_white(images, options.max_value);
  dataset.pixels = read_pixels(images, white, options.max_value).values;
  if (options.transpose) transpose(dataset);
  return dataset;
}

}  // namespace scanline::datasets
