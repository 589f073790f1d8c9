#include "scanline/datasets/split.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/random.hpp"

namespace scanline::datasets {
namespace {

/// `total` divided in proportion to `weights`: each gets its share rounded down, and what is left
/// over goes to the largest remainders, the first of equals.
std::vector<Index> apportion(Index total, const std::vector<Index>& weights) {
  const Index sum = std::accumulate(weights.begin(), weights.end(), Index{0});
  std::vector<Index> shares;
  for (const Index weight : weights) shares.push_back(total * weight / sum);
  std::vector<std::size_t> by_remainder(weights.size());
  std::iota(by_remainder.begin(), by_remainder.end(), std::size_t{0});
  std::stable_sort(by_remainder.begin(), by_remainder.end(), [&](std::size_t a, std::size_t b) {
    return total * weights[a] % sum > total * weights[b] % sum;
  });
  Index left = total - std::accumulate(shares.begin(), shares.end(), Index{0});
  for (const std::size_t i : by_remainder)
    if (left-- > 0) ++shares[i];
  return shares;
}

}  // namespace

Index validation_count(double size, Index count) {
  if (size <= 0 || size >= 1) return static_cast<Index>(std::lround(size));
  return std::max<Index>(1, std::lround(size * static_cast<double>(count)));
}

Split stratified_split(const Dataset& dataset, Index validation_count, const std::string& option) {
  if (static_cast<Index>(dataset.labels.size()) != dataset.count)
    throw Error(fmt::format("{}: expected a label for each of {} images, found {}", dataset.name,
                            dataset.count, dataset.labels.size()));
  if (validation_count < 0)
    throw Error(fmt::format("{}: expected at least 0, found {}", option, validation_count));
  if (validation_count >= dataset.count)
    throw Error(fmt::format("{}: expected fewer images to hold out than the {} there are, found {}",
                            option, dataset.count, validation_count));
  std::vector<std::vector<Index>> of_class(dataset.class_names.size());
  for (const Index position : all_positions(dataset))
    of_class[dataset.labels[static_cast<std::size_t>(position)]].push_back(position);
  std::vector<Index> counts;
  for (const auto& positions : of_class) counts.push_back(static_cast<Index>(positions.size()));
  const std::vector<Index> held_out = apportion(validation_count, counts);

  Split split;
  Random random(/*seed=*/0, Purpose::validation_split);
  for (std::size_t c = 0; c < of_class.size(); ++c) {
    std::vector<Index>& positions = of_class[c];
    random.shuffle(positions.data(), counts[c]);
    const auto border = positions.begin() + held_out[c];
    split.validation.insert(split.validation.end(), positions.begin(), border);
    split.train.insert(split.train.end(), border, positions.end());
  }
  std::sort(split.train.begin(), split.train.end());
  std::sort(split.validation.begin(), split.validation.end());
  return split;
}

}  // namespace scanline::datasets
