#include "scanline/datasets/csv.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>
#include <system_error>
#include <utility>

#include "scanline/datasets/detail/csv_fields.hpp"
#include "scanline/datasets/detail/number_file.hpp"
#include "scanline/datasets/detail/pixel_scale.hpp"
#include "scanline/datasets/detail/recognise.hpp"
#include "scanline/datasets/detail/refuse_file.hpp"
#include "scanline/datasets/detail/text_labels.hpp"
#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/lower_case.hpp"
#include "scanline/framework/core/parse_number.hpp"
#include "scanline/framework/core/printable.hpp"

namespace scanline::datasets {
namespace {

namespace fs = std::filesystem;

constexpr const char* csv_file = "a CSV file";  // what messages expect
const std::array<std::string, 4> extensions{".csv", ".tsv", ".csv.gz", ".tsv.gz"};
const std::array<std::string_view, 5> label_names{"label", "class", "target", "y", "digit"};

/// What is where in the rows of a file.
struct Layout {
  bool has_header = false;
  Index columns = 0, label = 1;  // the label's column is counted from 1; 0 without labels
  ImageSize image = {};
};

/// The column, counted from 1, whose name comes first in a list; 0 where there is none. The
/// parameter is the rank of a name, which is `none` where it is not in the list.
template <class Rank>
Index find_column(CsvFields header, std::size_t none, const Rank& rank) {
  std::size_t best = none;
  Index column = 0;
  while (header.next()) {
    const std::size_t own = rank(header.field());
    if (own >= best) continue;
    best = own;
    column = header.column();
  }
  return column;
}

std::size_t rank_of_label_name(std::string_view name) {
  constexpr std::size_t longest_name = 6;
  if (name.size() > longest_name) return label_names.size();
  const std::string lower = lower_case(std::string(name));
  return static_cast<std::size_t>(std::find(label_names.begin(), label_names.end(), lower) -
                                  label_names.begin());
}

/// Whether a first row names the columns: none of them but the label is a number, or they count 0,
/// 1, 2 and so on, as pandas names columns without a name.
bool is_header(CsvFields row, Index label, bool has_label_name) {
  constexpr Index shortest_count = 10;  // fewer may be pixels
  bool has_name = false, has_number = false, others_count = true, all_count = true;
  std::optional<Index> before, before_of_all;
  const auto counts_on = [](std::optional<Index>& last, std::optional<Index> value) {
    const bool result = value && (last ? *value == *last + 1 : *value == 0 || *value == 1);
    last = value;
    return result;
  };
  while (row.next()) {
    const std::optional<Index> value = parse_number<Index>(row.field());
    all_count = counts_on(before_of_all, value) && all_count;
    if (row.column() == label) continue;
    has_name = has_name || !row.field().empty();
    has_number = has_number || parse_number<double>(row.field());
    others_count = counts_on(before, value) && others_count;
  }
  if (row.column() < shortest_count) all_count = others_count = false;
  return (has_name && !has_number) || all_count || (has_label_name && others_count);
}

/// The column of labels that an option names, counted from 1.
Index chosen_column(const CsvFields& first, const std::string& name, Index columns) {
  if (name == "first") return 1;
  if (name == "last") return columns;
  if (name.find_first_not_of("0123456789") == std::string::npos) {
    const std::optional<Index> number = parse_number<Index>(name);
    if (!number || *number < 1 || *number > columns)
      first.fail(fmt::format("a column {} for the labels", name), fmt::format("{}", columns));
    return *number;
  }
  const Index column =
      find_column(first, 1, [&](std::string_view found) { return found == name ? 0UL : 1UL; });
  if (column == 0)
    first.fail(fmt::format("a header with a column called '{}'", name), "none of this name");
  return column;
}

/// The size of images of so many pixels: the size that is asked for, where it fits, or else a
/// square, which is resized later. Nothing where neither fits.
std::optional<ImageSize> find_size(Index pixels, const std::optional<ImageSize>& asked_for) {
  if (asked_for && pixels == asked_for->rows * asked_for->columns) return asked_for;
  const auto side = static_cast<Index>(std::lround(std::sqrt(static_cast<double>(pixels))));
  if (pixels < 1 || side * side != pixels || side > longest_side) return {};
  return ImageSize{side, side};
}

/// Refuses rows of so many columns.
[[noreturn]] void fail_size(const TextLines& lines, Index columns,
                            const std::optional<ImageSize>& asked_for) {
  const std::string found =
      fmt::format("{} column{}{}", columns, columns == 1 ? "" : "s",
                  find_size(columns, asked_for) ? ", which are the pixels without a label" : "");
  if (!asked_for) lines.fail(0, "a label and the pixels of a square, or --image-size", found);
  const auto [rows, image_columns] = *asked_for;
  lines.fail(0,
             fmt::format("{} columns, which are the label and {}x{} pixels",
                         rows * image_columns + 1, rows, image_columns),
             found);
}

/// Looks at the first row of a file. Where that is allowed, rows may have no label.
Layout find_layout(const TextLines& lines, const CsvFields& first, const Csv::Options& options,
                   const std::optional<ImageSize>& asked_for, bool needs_labels) {
  Layout layout;
  CsvFields fields = first;
  while (fields.next()) {
  }
  layout.columns = fields.column();
  if (const auto size = find_size(layout.columns - 1, asked_for)) {
    layout.image = *size;
  } else if (const auto all = find_size(layout.columns, asked_for); all && !needs_labels) {
    layout.image = *all;
    layout.label = 0;
    layout.has_header = is_header(first, 0, false);
    return layout;
  } else {
    fail_size(lines, layout.columns, asked_for);
  }
  const Index named = find_column(first, label_names.size(), rank_of_label_name);
  const std::string& chosen = options.label_column;
  const bool is_chosen = !chosen.empty();
  layout.label = is_chosen ? chosen_column(first, chosen, layout.columns) : named != 0 ? named : 1;
  layout.has_header = is_header(first, layout.label, named != 0);
  if (!is_chosen && !layout.has_header) layout.label = 1;
  return layout;
}

/// The pixels of a file. Where it is not known beforehand which number is white, the last row
/// decides: see `white_of`.
class PixelList {
 public:
  PixelList(const std::optional<double>& white, const std::optional<double>& max_value)
      : white_(white), max_value_(max_value) {}

  void reserve(std::size_t count) { bytes_.reserve(count); }
  /// Appends the pixel that a row is at. @throws Error for what is no number in the range.
  void add(const CsvFields& row) {
    const std::optional<unsigned> whole = parse_number<unsigned>(row.field());
    if (whole && *whole <= 255 && !are_reals_ && white_.value_or(255) == 255) {
      largest_ = std::max(largest_, static_cast<double>(*whole));
      bytes_.push_back(static_cast<std::uint8_t>(*whole));
      return;
    }
    const std::optional<double> value = parse_number<double>(row.field());
    const double highest = white_.value_or(255);
    if (!value || !(*value >= 0 && *value <= highest))
      row.fail(expected_value(value.value_or(0), highest, max_value_),
               fmt::format("'{}'", row.field()));
    largest_ = std::max(largest_, *value);
    if (white_) {
      bytes_.push_back(to_pixel(*value, *white_));
      return;
    }
    if (!are_reals_) {
      are_reals_ = true;
      reals_.reserve(bytes_.capacity());
      reals_.assign(bytes_.begin(), bytes_.end());
      bytes_ = {};
    }
    reals_.push_back(static_cast<float>(*value));
  }
  /// The largest number.
  double largest() const { return largest_; }
  /// The number that is white.
  double white() const {
    using Kind = ElementType::Kind;
    const ElementType type{.kind = are_reals_ ? Kind::real : Kind::signed_integer};
    return white_ ? *white_ : white_of(type, largest_, max_value_);
  }
  /// The pixels, once all rows are there.
  std::vector<std::uint8_t> take() {
    bytes_.reserve(reals_.size());
    for (const float value : reals_) bytes_.push_back(to_pixel(value, white()));
    return std::move(bytes_);
  }

 private:
  std::optional<double> white_, max_value_;
  std::vector<std::uint8_t> bytes_;
  std::vector<float> reals_;  // in their place as soon as one is not a whole number
  bool are_reals_ = false;
  double largest_ = 0;
};

/// A part of a dataset while it is read.
struct Rows {
  Dataset dataset;
  PixelList pixels;
};

/// Appends the image of a row, which begins before its first field.
void append(Rows& rows, CsvFields row, const Layout& layout, TextLabels& classes,
            const TextLines& lines) {
  const TextLabels::Fail fail = [&](const std::string& expected, const std::string& found) {
    row.fail(expected, found);
  };
  while (row.next() && row.column() <= layout.columns) {
    if (row.column() == layout.label)
      rows.dataset.labels.push_back(classes.find(row.field(), fail));
    else
      rows.pixels.add(row);
  }
  if (row.column() != layout.columns)
    lines.fail(0, fmt::format("{} columns, as in the first line", layout.columns),
               row.column() > layout.columns ? "more" : fmt::to_string(row.column()));
  ++rows.dataset.count;
}

/// Goes to the next line that is not empty. False where there is none.
bool next_row(TextLines& lines, std::string& line) {
  while (lines.next(line))
    if (!line.empty()) return true;
  return false;
}

/// Asks for the memory of all images of a file, which is read through to count them.
void reserve(Rows& images, const fs::path& file, const Layout& layout) {
  TextLines lines(file, csv_file);
  Index rows = 0, bytes = 0;
  for (std::string line; next_row(lines, line); ++rows)
    bytes += static_cast<Index>(line.size()) + 1;
  // A column takes two bytes at least, so that lines which are shorter ask for no more than a file
  // can hold.
  const Index most = std::min(rows, bytes / (2 * layout.columns));
  images.pixels.reserve(static_cast<std::size_t>(most * layout.image.rows * layout.image.columns));
  images.dataset.labels.reserve(static_cast<std::size_t>(most));
}

/// Reads the rows of a file into an empty list.
void read_rows(Rows& rows, const fs::path& file, const Csv::Options& options,
               const std::optional<ImageSize>& size, bool needs_labels, TextLabels& classes) {
  const std::string name = file.filename().string();
  const auto extension = std::find_if(extensions.begin(), extensions.end(),
                                      [&](const std::string& end) { return name.ends_with(end); });
  TextLines lines(file, csv_file);
  if (extension == extensions.end())
    refuse_file(file, "a name that ends in .csv, .tsv, .csv.gz or .tsv.gz", "another one");
  const char separator = extension->starts_with(".tsv") ? '\t' : ',';
  std::string line;
  if (!next_row(lines, line)) refuse_file(file, "images, one in each row", "an empty file");
  const Layout layout =
      find_layout(lines, CsvFields(lines, line, separator), options, size, needs_labels);
  rows.dataset = {.name = "csv", .rows = layout.image.rows, .columns = layout.image.columns};
  reserve(rows, file, layout);
  bool has_row = !layout.has_header || next_row(lines, line);
  for (; has_row; has_row = next_row(lines, line))
    append(rows, CsvFields(lines, line, separator), layout, classes, lines);
  if (rows.dataset.count == 0) refuse_file(file, "images, one in each row", "a header only");
  classes.name_classes(rows.dataset);
}

/// The file of that name in a directory, with one of the extensions; an empty path for none.
fs::path find_file(const fs::path& directory, const std::string& name) {
  std::error_code error;
  for (const std::string& extension : extensions)
    if (fs::exists(directory / (name + extension), error)) return directory / (name + extension);
  return {};
}

}  // namespace

bool has_csv_files(const fs::path& path) {
  std::error_code error;
  if (fs::is_directory(path, error))
    return !find_file(path, "train").empty() || !find_file(path, "test").empty();
  const std::string name = path.filename().string();
  return std::any_of(extensions.begin(), extensions.end(),
                     [&](const std::string& end) { return name.ends_with(end); });
}

void Csv::Options::declare(Fields& fields) {
  fields
      .add("label-column", label_column,
           "Column of the labels: a name, a number from 1, first or last [label, class, target, y "
           "or digit; otherwise the first]")
      .placeholder = "COLUMN";
  declare_max_value(fields, max_value);
}

Csv::Csv(const Request& request, const Options& options)
    : path_(request.directory),
      class_names_(request.class_names),
      image_size_(request.image_size),
      note_(request.note),
      options_(options) {
  if (path_.empty())
    throw Error("--dataset csv: expected --data with a file or a directory, found none");
}

bool Csv::has(Part part) const {
  std::error_code error;
  if (!fs::is_directory(path_, error)) return part == Part::train;
  return part != Part::validation && !find_file(path_, to_string(part)).empty();
}

fs::path Csv::file_of(Part part) const {
  const std::string name = to_string(part);
  std::error_code error;
  if (fs::is_directory(path_, error)) {
    const fs::path file = find_file(path_, name);
    if (!file.empty()) return file;
    refuse_file(path_, fmt::format("{0}.csv, {0}.tsv, {0}.csv.gz or {0}.tsv.gz in it", name),
                "none");
  }
  return path_;
}

Dataset Csv::read(Part part) const {
  const bool is_training = part == Part::train;
  const fs::path file = file_of(part);
  // The training part has the classes and says which number is white.
  const bool is_alone = file == path_ || !has(Part::train);
  if (!is_training && !training_ && (class_names_.empty() || !is_alone)) read(Part::train);
  TextLabels classes(!class_names_.empty() ? class_names_
                     : is_training         ? std::vector<std::string>()
                                           : training_->class_names);
  const std::optional<double> white =
      is_training || !training_ ? options_.max_value : std::optional<double>(training_->white);
  Rows rows{{}, PixelList(white, options_.max_value)};
  read_rows(rows, file, options_, is_training || !training_ ? image_size_ : training_->size,
            is_training, classes);
  Dataset& dataset = rows.dataset;
  dataset.pixels = rows.pixels.take();
  const ImageSize size{dataset.rows, dataset.columns};
  if (is_training) {
    training_ = Training{dataset.class_names, size, rows.pixels.white()};
    note_on_range(note_, file, rows.pixels.largest(), training_->white);
  }
  if (training_ && !(size == training_->size))
    refuse_file(file,
                fmt::format("images of {}x{}, as for training", training_->size.rows,
                            training_->size.columns),
                fmt::format("{}x{}", size.rows, size.columns));
  return std::move(dataset);
}

}  // namespace scanline::datasets
