#include "scanline/datasets/source.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "scanline/framework/core/error.hpp"

namespace scanline::datasets {

Dataset Source::load(Part part) const {
  Dataset dataset = read(part);
  const auto fail = [&](const std::string& expected, std::size_t found) {
    throw Error(fmt::format("{}: {}: expected {}, found {}", directory().string(), dataset.name,
                            expected, found));
  };
  const auto& [name, count, rows, columns, pixels, labels, class_names] = dataset;
  if (pixels.empty() || pixels.size() != static_cast<std::size_t>(count * rows * columns))
    fail(fmt::format("pixels of {} images of {}x{}", count, rows, columns), pixels.size());
  if (!labels.empty() && labels.size() != static_cast<std::size_t>(count))
    fail(fmt::format("a label for each of {} images", count), labels.size());
  const auto largest = std::max_element(labels.begin(), labels.end());
  if (largest != labels.end() && *largest >= class_names.size())
    fail(fmt::format("labels below {}, the number of class names", class_names.size()), *largest);
  return dataset;
}

}  // namespace scanline::datasets
