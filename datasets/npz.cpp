#include "scanline/datasets/npz.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <system_error>
#include <utility>

#include "scanline/datasets/detail/image_numbers.hpp"
#include "scanline/datasets/detail/npy.hpp"
#include "scanline/datasets/detail/pixel_scale.hpp"
#include "scanline/datasets/detail/recognise.hpp"
#include "scanline/datasets/detail/refuse_file.hpp"
#include "scanline/datasets/detail/text_labels.hpp"
#include "scanline/datasets/detail/utf8.hpp"
#include "scanline/datasets/detail/zip_member.hpp"
#include "scanline/framework/core/error.hpp"

namespace scanline::datasets {
namespace {

namespace fs = std::filesystem;

/// The names of the arrays of one part.
struct Names {
  std::string images = "", labels = "";
};

/// The names of the arrays of all parts. Where the second and third have none, the first is also
/// the test part of those who ask for one.
struct Convention {
  Names train, validation = {}, test = {};

  const Names& of(Part part) const {
    if (part == Part::validation) return validation;
    return part == Part::train || test.images.empty() ? train : test;
  }
};

const std::array<Convention, 7> conventions{{
    {{"x_train", "y_train"}, {"x_val", "y_val"}, {"x_test", "y_test"}},
    {{"X_train", "y_train"}, {"X_val", "y_val"}, {"X_test", "y_test"}},
    {{"train_images", "train_labels"},
     {"val_images", "val_labels"},
     {"test_images", "test_labels"}},
    {{"x", "y"}},
    {{"X", "y"}},
    {{"images", "labels"}},
    {{"data", "target"}},
}};

/// An array in the file.
struct NpyMember {
  std::string name;
  Shape shape;
  NumberFile elements;
};

/// The content of an NPZ file, of which only names are known at first.
class Archive {
 public:
  explicit Archive(const fs::path& path) {
    const std::vector<fs::path> files = find_npz_files(path);
    if (files.size() != 1)
      refuse_file(path, "an NPZ file, or a directory with one",
                  files.empty() ? "none" : fmt::to_string(files.size()));
    path_ = files.front();
    for (const std::string& name : list_zip(path_))
      if (name.ends_with(".npy")) names_.push_back(name.substr(0, name.size() - 4));
    for (const Convention& each : conventions)
      if (convention_ == nullptr && has(each.train.images)) convention_ = &each;
  }

  const fs::path& path() const { return path_; }
  bool has(const std::string& name) const {
    return std::find(names_.begin(), names_.end(), name) != names_.end();
  }
  /// Which names the arrays have. @throws Error unless there are training images.
  const Convention& convention() const {
    if (convention_ == nullptr) fail("x_train, train_images, x, X, images or data");
    return *convention_;
  }
  /// Reads the header of an array. @throws Error where there is none.
  NpyMember find(const std::string& name) const {
    if (!has(name)) fail(name);
    const std::string file = name + ".npy";
    ZipMember member(path_, file);
    const auto [type, shape] = read_npy_header(member);
    return {
        name, shape, {.type = type, .count = shape.element_count(), .open = [path = path_, file] {
                        auto opened = std::make_unique<ZipMember>(path, file);
                        read_npy_header(*opened);
                        return opened;
                      }}};
  }

 private:
  [[noreturn]] void fail(const std::string& expected) const {
    refuse_file(path_, "an array " + expected,
                names_.empty() ? "no arrays" : fmt::to_string(fmt::join(names_, ", ")));
  }

  fs::path path_;
  std::vector<std::string> names_;
  const Convention* convention_ = nullptr;
};

ImageNumbers find_images(const Archive& archive, const std::string& name) {
  const auto [ignored, shape, elements] = archive.find(name);
  const Index channels = shape.rank() == 4 ? shape[3] : 1;
  if ((shape.rank() != 3 && shape.rank() != 4) || (channels != 1 && channels != 3 && channels != 4))
    elements.open()->fail(
        "images of the shape (N, rows, columns), (N, rows, columns, 1) or with 3 or 4 colours",
        to_string(shape));
  if (elements.type.kind == ElementType::Kind::text) elements.open()->fail("numbers", "texts");
  const ImageNumbers images{elements, shape[0], shape[1], shape[2], channels};
  check_size(images);
  return images;
}

/// A text of an array, which is UTF-32 and filled up with zeros. What is no character becomes a
/// byte that cannot be printed.
std::string decode_text(std::span<const std::uint8_t> bytes, bool is_big_endian) {
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 4) {
    Index code = 0;
    for (std::size_t k = 0; k < 4; ++k) code = code << 8 | bytes[i + (is_big_endian ? k : 3 - k)];
    if (code == 0) break;
    const std::string character = utf8(code);
    text += character.empty() ? "\xff" : character;
  }
  return text;
}

/// The texts of labels, of which whole numbers are written in decimal digits.
std::vector<std::string> read_labels(const Archive& archive, const std::string& name, Index count) {
  using Kind = ElementType::Kind;
  const auto [ignored, shape, elements] = archive.find(name);
  const std::unique_ptr<ByteStream> stream = elements.open();
  const bool is_column = shape.rank() == 1 || (shape.rank() == 2 && shape[1] == 1);
  if (!is_column || shape[0] != count)
    stream->fail(fmt::format("a label for each image: the shape ({},) or ({}, 1)", count, count),
                 to_string(shape));
  if (elements.type.kind == Kind::real) stream->fail("whole numbers or texts", "real numbers");
  check_length(elements);
  std::vector<std::string> labels;
  labels.reserve(static_cast<std::size_t>(count));
  if (elements.type.kind == Kind::text) {
    const std::vector<std::uint8_t> bytes = read_bytes(elements);
    for (std::size_t i = 0; i < bytes.size(); i += elements.type.size)
      labels.push_back(decode_text(std::span(bytes).subspan(i, elements.type.size),
                                   elements.type.is_big_endian));
    return labels;
  }
  for_each_block(elements, [&](Index first, std::span<const double> block) {
    for (const double value : block) {
      // Larger numbers are not exact.
      if (std::abs(value) > 1e15)
        stream->fail("labels of at most 15 digits",
                     fmt::format("{} at position {}", value, first + 1));
      ++first;
      labels.push_back(fmt::to_string(static_cast<Index>(value)));
    }
  });
  return labels;
}

/// Appends the classes of labels to a dataset.
void append(Dataset& dataset, TextLabels& classes, const std::vector<std::string>& labels,
            const fs::path& path, const std::string& name) {
  const TextLabels::Fail fail = [&](const std::string& expected, const std::string& found) {
    refuse_file(path.string() + ": " + name, expected,
                fmt::format("{} at position {}", found, dataset.labels.size() + 1));
  };
  for (const std::string& label : labels) dataset.labels.push_back(classes.find(label, fail));
}

}  // namespace

std::vector<fs::path> find_npz_files(const fs::path& path) {
  std::error_code error;
  std::vector<fs::path> found;
  if (!fs::is_directory(path, error)) {
    if (path.extension() == ".npz") found.push_back(path);
    return found;
  }
  for (fs::directory_iterator entry(path, error), end; !error && entry != end;
       entry.increment(error))
    if (entry->path().extension() == ".npz") found.push_back(entry->path());
  std::sort(found.begin(), found.end());
  return found;
}

void Npz::Options::declare(Fields& fields) { declare_max_value(fields, max_value); }

Npz::Npz(const Request& request, const Options& options)
    : path_(request.directory),
      class_names_(request.class_names),
      note_(request.note),
      options_(options) {
  if (path_.empty())
    throw Error("--dataset npz: expected --data with a file or a directory, found none");
}

bool Npz::has(Part part) const {
  const Archive archive(path_);
  const Convention& convention = archive.convention();
  const Names& names = convention.of(part);
  // Images that are the only ones are for training.
  return part == Part::train || (&names != &convention.train && archive.has(names.images));
}

Dataset Npz::read(Part part) const {
  const Archive archive(path_);
  const Names &names = archive.convention().of(part), &training = archive.convention().train;
  const bool is_training = &names == &training;
  const ImageNumbers images = find_images(archive, names.images);
  const ImageNumbers first = is_training ? images : find_images(archive, training.images);
  if (images.rows != first.rows || images.columns != first.columns)
    images.file.open()->fail(
        fmt::format("images of {}x{}, as for training", first.rows, first.columns),
        fmt::format("{}x{}", images.rows, images.columns));
  Dataset dataset{
      .name = "npz", .count = images.count, .rows = images.rows, .columns = images.columns};
  TextLabels classes(class_names_);
  const bool has_labels = archive.has(names.labels);
  if (!is_training && class_names_.empty()) {
    Dataset of_training;
    append(of_training, classes, read_labels(archive, training.labels, first.count), archive.path(),
           training.labels);
    classes.name_classes(of_training);
    classes = TextLabels(of_training.class_names);
  }
  if (has_labels || part == Part::train)
    append(dataset, classes, read_labels(archive, names.labels, images.count), archive.path(),
           names.labels);
  classes.name_classes(dataset);
  const double white = find_white(first, options_.max_value);
  Pixels pixels = read_pixels(images, white, options_.max_value);
  if (part == Part::train) note_on_range(note_, archive.path(), pixels.largest, white);
  dataset.pixels = std::move(pixels.values);
  return dataset;
}

}  // namespace scanline::datasets
