#include "scanline/datasets/csv.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <map>
#include <string_view>
#include <system_error>
#include <tuple>
#include <utility>

#include "scanline/datasets/detail/csv_fields.hpp"
#include "scanline/datasets/detail/refuse_file.hpp"
#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/parse_number.hpp"
#include "scanline/framework/core/printable.hpp"

namespace scanline::datasets {
namespace {

namespace fs = std::filesystem;

constexpr const char* csv_file = "a CSV file";  // what messages expect
const std::array<std::string, 4> extensions{".csv", ".tsv", ".csv.gz", ".tsv.gz"};
const std::array<std::string_view, 5> label_names{"label", "class", "target", "y", "digit"};

/// The side of a square of so many pixels, if there is one.
Index root(Index pixels) {
  return static_cast<Index>(std::lround(std::sqrt(static_cast<double>(pixels))));
}

/// What is where in the rows of a file.
struct Layout {
  bool has_header = false;
  Index columns = 0, label = 1;  // the label's column is counted from 1; 0: there is none
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
  std::string lower(name);
  for (char& c : lower) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
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

/// The column of that name, counted from 1; 0 where there is none.
Index column_called(const CsvFields& header, const std::string& name) {
  return find_column(header, 1, [&](std::string_view found) { return found == name ? 0UL : 1UL; });
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
  const Index column = column_called(first, name);
  if (column == 0)
    first.fail(fmt::format("a header with a column called '{}'", name), "none of this name");
  return column;
}

/// Whether rows of so many columns are the pixels of an image alone.
bool has_pixels_only(Index columns, const std::optional<ImageSize>& asked_for) {
  const Index pixels = asked_for ? asked_for->rows * asked_for->columns : 0;
  if (columns == pixels || columns == pixels + 1) return columns == pixels;
  return columns > 1 && root(columns) * root(columns) == columns;
}

/// The size of images of so many pixels, in rows of so many columns: the size that is asked for,
/// where it fits, or else a square, which is resized later.
ImageSize find_size(const TextLines& lines, Index pixels, Index columns,
                    const std::optional<ImageSize>& asked_for) {
  if (asked_for && pixels == asked_for->rows * asked_for->columns) return *asked_for;
  const Index side = root(pixels);
  const bool is_square = pixels >= 1 && side * side == pixels && side <= longest_side;
  if (asked_for && !is_square)
    lines.fail(
        0,
        fmt::format("{} columns, which are the label and {}x{} pixels",
                    asked_for->rows * asked_for->columns + 1, asked_for->rows, asked_for->columns),
        fmt::to_string(columns));
  if (!is_square)
    lines.fail(0, "a label and the pixels of a square, or --image-size",
               fmt::format("{} column{}", columns, columns == 1 ? "" : "s"));
  return {side, side};
}

/// Looks at the first row of a file.
Layout find_layout(const TextLines& lines, const CsvFields& first, const Csv::Options& options,
                   const std::optional<ImageSize>& size) {
  Layout layout;
  CsvFields fields = first;
  while (fields.next()) {
  }
  layout.columns = fields.column();
  const Index named = find_column(first, label_names.size(), rank_of_label_name);
  const std::string& chosen = options.label_column;
  const bool is_chosen = !chosen.empty();
  const bool is_in_header = named != 0 || (is_chosen && column_called(first, chosen) != 0);
  const bool has_label = is_in_header || !has_pixels_only(layout.columns, size);
  layout.image = find_size(lines, layout.columns - (has_label ? 1 : 0), layout.columns, size);
  layout.label = !has_label   ? 0
                 : is_chosen  ? chosen_column(first, chosen, layout.columns)
                 : named != 0 ? named
                              : 1;
  layout.has_header = is_header(first, layout.label, named != 0);
  if (has_label && !is_chosen && !layout.has_header) layout.label = 1;
  return layout;
}

/// The classes of labels.
struct Classes {
  std::vector<std::string> names;
  std::map<std::string, Label, std::less<>> numbers = {};
  bool is_open = false;  // whether a label that is new becomes a class

  explicit Classes(const std::vector<std::string>& known) : names(known), is_open(known.empty()) {
    for (std::size_t i = 0; i < names.size(); ++i) numbers.emplace(names[i], static_cast<Label>(i));
  }

  /// The class of a row; `row` is at its label.
  Label find(const CsvFields& row) {
    const auto known = numbers.find(row.field());
    if (known != numbers.end()) return known->second;
    std::string name(row.field());
    if (!is_open) row.fail("a label among the known classes", fmt::format("'{}'", name));
    if (name.empty() || printable(name, longest_quote) != name)
      row.fail(fmt::format("a printable label in UTF-8 of 1 to {} bytes", longest_quote),
               fmt::format("'{}'", name));
    if (names.size() == most_classes)
      row.fail(fmt::format("at most {} classes", most_classes), "another one");
    const auto number = static_cast<Label>(names.size());
    numbers.emplace(name, number);
    names.push_back(std::move(name));
    return number;
  }
};

/// Puts classes, which are in the order in which they were found, into that of their names.
void sort_classes(Dataset& dataset) {
  // Names with their numbers, where all have one, and their former places.
  std::vector<std::tuple<Index, std::string, std::size_t>> order;
  bool are_numbers = true;
  for (const std::string& name : dataset.class_names) {
    const std::optional<Index> number = parse_number<Index>(name);
    are_numbers = are_numbers && number;
    order.emplace_back(number.value_or(0), name, order.size());
  }
  if (!are_numbers)
    for (auto& entry : order) std::get<0>(entry) = 0;
  std::sort(order.begin(), order.end());
  std::vector<Label> places(order.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    dataset.class_names[i] = std::get<1>(order[i]);
    places[std::get<2>(order[i])] = static_cast<Label>(i);
  }
  for (Label& label : dataset.labels) label = places[label];
}

/// Appends the image of a row, which begins before its first field.
void append(Dataset& dataset, CsvFields row, const Layout& layout, Classes& classes,
            const TextLines& lines) {
  while (row.next() && row.column() <= layout.columns) {
    if (row.column() == layout.label) {
      dataset.labels.push_back(classes.find(row));
      continue;
    }
    const std::optional<unsigned> pixel = parse_number<unsigned>(row.field());
    if (!pixel || *pixel > 255)
      row.fail("a whole number from 0 to 255", fmt::format("'{}'", row.field()));
    dataset.pixels.push_back(static_cast<std::uint8_t>(*pixel));
  }
  if (row.column() != layout.columns)
    lines.fail(0, fmt::format("{} columns, as in the first line", layout.columns),
               row.column() > layout.columns ? "more" : fmt::to_string(row.column()));
  ++dataset.count;
}

/// Goes to the next line that is not empty. False where there is none.
bool next_row(TextLines& lines, std::string& line) {
  while (lines.next(line))
    if (!line.empty()) return true;
  return false;
}

/// Asks for the memory of all images of a file, which is read through to count them.
void reserve(Dataset& dataset, const fs::path& file, const Layout& layout) {
  TextLines lines(file, csv_file);
  Index rows = 0, bytes = 0;
  for (std::string line; next_row(lines, line); ++rows)
    bytes += static_cast<Index>(line.size()) + 1;
  // A column takes two bytes at least, so that lines which are shorter ask for no more than a file
  // can hold.
  const Index most = std::min(rows, bytes / (2 * layout.columns));
  dataset.pixels.reserve(static_cast<std::size_t>(most * layout.image.rows * layout.image.columns));
  if (layout.label != 0) dataset.labels.reserve(static_cast<std::size_t>(most));
}

Dataset read_rows(const fs::path& file, const Csv::Options& options,
                  const std::optional<ImageSize>& size, Classes& classes) {
  const std::string name = file.filename().string();
  const auto extension = std::find_if(extensions.begin(), extensions.end(),
                                      [&](const std::string& end) { return name.ends_with(end); });
  TextLines lines(file, csv_file);
  if (extension == extensions.end())
    refuse_file(file, "a name that ends in .csv, .tsv, .csv.gz or .tsv.gz", "another one");
  const char separator = extension->starts_with(".tsv") ? '\t' : ',';
  std::string line;
  if (!next_row(lines, line)) refuse_file(file, "images, one in each row", "an empty file");
  const Layout layout = find_layout(lines, CsvFields(lines, line, separator), options, size);
  Dataset dataset{.name = "csv", .rows = layout.image.rows, .columns = layout.image.columns};
  reserve(dataset, file, layout);
  bool has_row = !layout.has_header || next_row(lines, line);
  for (; has_row; has_row = next_row(lines, line))
    append(dataset, CsvFields(lines, line, separator), layout, classes, lines);
  if (dataset.count == 0) refuse_file(file, "images, one in each row", "a header only");
  dataset.class_names = classes.names;
  return dataset;
}

/// The file of that name in a directory, with one of the extensions; an empty path for none.
fs::path find_file(const fs::path& directory, const std::string& name) {
  std::error_code error;
  for (const std::string& extension : extensions)
    if (fs::exists(directory / (name + extension), error)) return directory / (name + extension);
  return {};
}

}  // namespace

void Csv::Options::declare(Fields& fields) {
  fields
      .add("label-column", label_column,
           "Column of the labels: its name, its number from 1, first or last [label, class, "
           "target, y or digit, else first]")
      .placeholder = "COLUMN";
}

Csv::Csv(const Request& request, const Options& options)
    : path_(request.directory),
      class_names_(request.class_names),
      image_size_(request.image_size),
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
  const bool is_test = part == Part::test;
  const fs::path file = file_of(part);
  if (is_test && class_names_.empty() && !training_) read(Part::train);
  Classes classes(!class_names_.empty() ? class_names_
                  : is_test             ? training_->class_names
                                        : std::vector<std::string>());
  const bool sorts = classes.is_open;
  Dataset dataset = read_rows(file, options_, image_size_, classes);
  if (sorts) sort_classes(dataset);
  if (!is_test) training_ = Training{dataset.class_names, dataset.rows, dataset.columns};
  if (training_ && (dataset.rows != training_->rows || dataset.columns != training_->columns))
    refuse_file(
        file, fmt::format("images of {}x{}, as for training", training_->rows, training_->columns),
        fmt::format("{}x{}", dataset.rows, dataset.columns));
  return dataset;
}

}  // namespace scanline::datasets
