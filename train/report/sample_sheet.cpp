#include "scanline/train/report/sample_sheet.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "scanline/framework/core/random.hpp"
#include "scanline/train/report/detail/canvas.hpp"
#include "scanline/train/report/detail/line_sheet.hpp"
#include "scanline/train/text_table.hpp"

namespace scanline::train {
namespace {

constexpr std::size_t samples_in_row = 10, most_classes_shown = 20, rows_without_labels = 5;
constexpr TextStyle name_style{.bold = true};
constexpr TextStyle count_style{.size = 11};

/// A row of the sheet: a class, or some of the images where no classes are known.
struct Row {
  std::string name, note;
  std::vector<Index> positions;  // of its samples
};

/// As many of the positions as a row has, evenly spread.
std::vector<Index> spread(const std::vector<Index>& positions, std::size_t count) {
  std::vector<Index> result;
  const std::size_t taken = std::min(count, positions.size());
  for (std::size_t i = 0; i < taken; ++i) result.push_back(positions[i * positions.size() / taken]);
  return result;
}

/// The name, cut to what fits in front of a row.
std::string shortened_to_fit(const std::string& name) {
  constexpr double widest = 160;
  std::string text = name;
  for (std::size_t characters = character_count(name); text_width(text, name_style) > widest;)
    text = shortened(name, --characters);
  return text;
}

std::vector<Row> rows_of_classes(const datasets::Dataset& images,
                                 const std::vector<Index>& positions, std::size_t samples) {
  std::vector<std::vector<Index>> of_class(images.class_names.size());
  for (const Index position : positions)
    of_class[images.labels[static_cast<std::size_t>(position)]].push_back(position);
  std::vector<Row> rows;
  for (std::size_t c = 0; c < std::min(most_classes_shown, of_class.size()); ++c)
    rows.push_back(
        {shortened_to_fit(images.class_names[c]),
         fmt::format("{} image{}", of_class[c].size(), of_class[c].size() == 1 ? "" : "s"),
         spread(of_class[c], samples)});
  return rows;
}

std::vector<Row> rows_without_classes(const std::vector<Index>& positions, std::size_t samples) {
  const std::vector<Index> shown = spread(positions, samples * rows_without_labels);
  std::vector<Row> rows;
  for (std::size_t i = 0; i < shown.size(); ++i) {
    if (i % samples == 0) rows.emplace_back();
    rows.back().positions.push_back(shown[i]);
  }
  return rows;
}

/// An image as ink on paper. Images that are much larger than what is drawn are made smaller, by
/// averages of squares of pixels.
Raster to_raster(const float* pixels, Index rows, Index columns) {
  constexpr Index largest_side = 128;
  const Index square = (std::max(rows, columns) + largest_side - 1) / largest_side;
  Raster raster{(rows + square - 1) / square, (columns + square - 1) / square, {}};
  for (Index row = 0; row < rows; row += square)
    for (Index column = 0; column < columns; column += square) {
      double sum = 0, count = 0;
      for (Index r = row; r < std::min(row + square, rows); ++r)
        for (Index c = column; c < std::min(column + square, columns); ++c, ++count)
          sum += pixels[r * columns + c];
      raster.pixels.push_back(mix(paper, black, std::clamp(sum / count / 255, 0.0, 1.0)));
    }
  return raster;
}

/// The rasters of a row: its samples, or its first one as it is and then as training sees it in
/// its first epochs.
std::vector<Raster> draw_samples(const datasets::Dataset& images, const Row& row,
                                 const SampleAugmentation& augmentation) {
  const auto size = static_cast<std::size_t>(images.rows * images.columns);
  std::vector<float> values(size);
  std::vector<Raster> rasters;
  for (const Index position : row.positions) {
    const std::uint8_t* pixels = images.pixels.data() + static_cast<std::size_t>(position) * size;
    std::copy_n(pixels, size, values.begin());
    rasters.push_back(to_raster(values.data(), images.rows, images.columns));
    for (std::uint32_t epoch = 1; augmentation.augment && epoch < samples_in_row; ++epoch) {
      Random random(augmentation.seed, Purpose::augment, epoch,
                    static_cast<std::uint32_t>(position));
      augmentation.augment->apply(random, pixels, images.rows, images.columns, values.data());
      rasters.push_back(to_raster(values.data(), images.rows, images.columns));
    }
  }
  return rasters;
}

/// Points for each pixel: images are about as large as 64 points, and pixels that are enlarged all
/// have the same size.
double scale_of(const datasets::Dataset& images) {
  const double scale = 64 / static_cast<double>(std::max(images.rows, images.columns));
  return scale < 1 ? scale : std::floor(2 * scale) / 2;
}

std::string title_of(std::size_t classes, bool is_augmented) {
  std::string title =
      is_augmented ? "An image of each class, and how training sees it" : "Samples of each class";
  if (classes == 0) title = is_augmented ? "Some images, and how training sees them" : "Samples";
  if (classes > most_classes_shown)
    title += fmt::format(": the first {} of {} classes ({} are not shown)", most_classes_shown,
                         classes, classes - most_classes_shown);
  return title;
}

}  // namespace

SampleAugmentation augmentation_of(const RunOptions& run) {
  SampleAugmentation augmentation{.augment = nullptr, .seed = run.common().seed};
  if (run.common().augment != "none")
    augmentation.augment = run.factory<datasets::Augmentations>().make();
  return augmentation;
}

Picture sample_sheet(const datasets::Dataset& images, const std::vector<Index>& positions,
                     const SampleAugmentation& augmentation) {
  if (images.lines) return line_samples(images, positions, augmentation);
  constexpr double margin = 20, gap = 6;
  const bool is_augmented = augmentation.augment != nullptr, has_labels = !images.labels.empty();
  const std::size_t samples = is_augmented ? 1 : samples_in_row;
  const std::vector<Row> rows = has_labels ? rows_of_classes(images, positions, samples)
                                           : rows_without_classes(positions, samples);
  const double scale = scale_of(images);
  const double width = scale * static_cast<double>(images.columns);
  const double height = scale * static_cast<double>(images.rows);
  double label_width = 0;
  for (const Row& row : rows)
    label_width = std::max(
        {label_width, text_width(row.name, name_style), text_width(row.note, count_style)});
  if (has_labels) label_width += 2 * gap;
  const double left = margin + label_width;
  const double row_height = std::max(height, has_labels ? 30.0 : 0.0) + gap;
  const double top = is_augmented ? 64 : 44;

  const std::string title = title_of(has_labels ? images.class_names.size() : 0, is_augmented);
  constexpr TextStyle title_style{.size = 14, .bold = true};
  Canvas canvas(std::max(left + (width + gap) * samples_in_row - gap + margin,
                         text_width(title, title_style) + 2 * margin),
                top + row_height * static_cast<double>(rows.size()) - gap + margin);
  canvas.text({margin, 22}, title, title_style);
  if (is_augmented) {
    canvas.text({left, 50}, "as it is", count_style);
    canvas.text({left + width + gap, 50}, "augmented", count_style);
  }
  for (std::size_t r = 0; r < rows.size(); ++r) {
    const double y = top + row_height * static_cast<double>(r);
    const double middle = y + (row_height - gap) / 2;
    if (has_labels) {
      canvas.text({margin, middle - 7}, rows[r].name, name_style);
      canvas.text({margin, middle + 8}, rows[r].note, count_style);
    }
    const std::vector<Raster> rasters = draw_samples(images, rows[r], augmentation);
    for (std::size_t i = 0; i < rasters.size(); ++i) {
      const Box box{left + (width + gap) * static_cast<double>(i), middle - height / 2, width,
                    height};
      canvas.image(box, rasters[i]);
      canvas.frame(box, {.opacity = 0.3});
    }
  }
  return canvas.picture();
}

}  // namespace scanline::train
