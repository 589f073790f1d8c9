#include "scanline/datasets/dataset.hpp"

#include <cmath>
#include <cstddef>
#include <numeric>

namespace scanline::datasets {

Normalization measure_normalization(const Dataset& dataset, const std::vector<Index>& positions) {
  const Index pixels = dataset.rows * dataset.columns;
  std::uint64_t sum = 0, sum_of_squares = 0;  // whole numbers, so that the order does not matter
  for (const Index position : positions) {
    const std::uint8_t* image = dataset.pixels.data() + position * pixels;
    for (Index p = 0; p < pixels; ++p) {
      sum += image[p];
      sum_of_squares += std::uint64_t{image[p]} * image[p];
    }
  }
  const double count = static_cast<double>(positions.size()) * static_cast<double>(pixels);
  if (count == 0) return {};
  const double mean = static_cast<double>(sum) / count;
  const double variance = static_cast<double>(sum_of_squares) / count - mean * mean;
  // A smaller variance may be what rounding has left over.
  return {mean / 255, variance > 1e-6 ? std::sqrt(variance) / 255 : 1};
}

Dataset subset(const Dataset& dataset, const std::vector<Index>& positions) {
  const Index pixels = dataset.rows * dataset.columns;
  Dataset result{.name = dataset.name,
                 .count = static_cast<Index>(positions.size()),
                 .rows = dataset.rows,
                 .columns = dataset.columns,
                 .class_names = dataset.class_names,
                 .lines = dataset.lines};
  result.pixels.reserve(positions.size() * static_cast<std::size_t>(pixels));
  for (const Index position : positions) {
    const auto first = dataset.pixels.begin() + position * pixels;
    result.pixels.insert(result.pixels.end(), first, first + pixels);
    if (!dataset.labels.empty())
      result.labels.push_back(dataset.labels[static_cast<std::size_t>(position)]);
  }
  return result;
}

std::vector<Index> all_positions(const Dataset& dataset) {
  std::vector<Index> positions(static_cast<std::size_t>(dataset.count));
  std::iota(positions.begin(), positions.end(), Index{0});
  return positions;
}

}  // namespace scanline::datasets
