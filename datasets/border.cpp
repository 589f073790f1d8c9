#include "scanline/datasets/detail/border.hpp"

#include <algorithm>

namespace scanline::datasets {

std::vector<std::size_t> border_positions(Index rows, Index columns) {
  std::vector<std::size_t> positions;
  for (Index r = 0; r < rows; ++r)
    for (const Index c : {Index{0}, columns - 1})
      positions.push_back(static_cast<std::size_t>(r * columns + c));
  for (Index c = 0; c < columns; ++c)
    for (const Index r : {Index{0}, rows - 1})
      positions.push_back(static_cast<std::size_t>(r * columns + c));
  return positions;
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace scanline::datasets
