#include "scanline/datasets/source.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "scanline/datasets/detail/make_images.hpp"
#include "scanline/framework/core/error.hpp"

namespace scanline::datasets {

const char* to_string(Part part) {
  return part == Part::train ? "train" : part == Part::validation ? "val" : "test";
}

Dataset Source::load(Part part) const {
  Dataset dataset = read(part);
  const auto fail = [&](const std::string& expected, std::size_t found) {
    throw Error(fmt::format("{}: {}: expected {}, found {}", directory().string(), dataset.name,
                            expected, found));
  };
  const auto& [name, count, rows, columns, pixels, labels, class_names, lines] = dataset;
  if (pixels.empty() || pixels.size() != static_cast<std::size_t>(count * rows * columns))
    fail(fmt::format("pixels of {} images of {}x{}", count, rows, columns), pixels.size());
  if (!labels.empty() && labels.size() != static_cast<std::size_t>(count))
    fail(fmt::format("a label for each of {} images", count), labels.size());
  const auto largest = std::max_element(labels.begin(), labels.end());
  if (largest != labels.end() && *largest >= class_names.size())
    fail(fmt::format("labels below {}, the number of class names", class_names.size()), *largest);
  return dataset;
}

Dataset load(const Source& source, Part part, const Request& request) {
  Dataset dataset = source.load(part);
  const ImageSize own{dataset.rows, dataset.columns};
  const Preparation preparation{source.is_prepared() ? PreparationKind::none : request.preparation,
                                request.image_size.value_or(own)};
  if (preparation.kind == PreparationKind::none && preparation.size == own) return dataset;

  const Index area = dataset.rows * dataset.columns;
  const auto image = [&](Index i) {
    const auto first = dataset.pixels.begin() + i * area;
    return prepare({dataset.rows, dataset.columns, {first, first + area}}, preparation,
                   fmt::format("image {} of {}", i + 1, to_string(part)));
  };
  MadeImages made =
      make_images(dataset.count, preparation.size, image, request, source.directory().string());
  std::vector<Label> labels;
  if (!dataset.labels.empty())
    for (const Index i : made.kept) labels.push_back(dataset.labels[static_cast<std::size_t>(i)]);
  return {.name = dataset.name,
          .count = static_cast<Index>(made.kept.size()),
          .rows = preparation.size.rows,
          .columns = preparation.size.columns,
          .pixels = std::move(made.pixels),
          .labels = std::move(labels),
          .class_names = std::move(dataset.class_names),
          .lines = dataset.lines};
}

}  // namespace scanline::datasets
