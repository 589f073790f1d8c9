#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "scanline/datasets/augmentations.hpp"
#include "scanline/datasets/line_style.hpp"
#include "scanline/framework/core/random.hpp"

namespace scanline::datasets {

struct Dataset;

/// The image of a line, as tall as the images that it is composed of.
struct Line {
  Index rows = 0;                  ///< Height in pixels.
  Index columns = 0;               ///< Width in pixels.
  std::vector<float> pixels = {};  ///< (rows, columns), from 0 for the background to 255.
  /// The class of each character, from left to right.
  std::vector<std::int64_t> labels = {};
};

/// Composes a line of the images at `positions`. Each image may be changed by `augment`, if there
/// is one. The line is slanted, and its characters are smaller or larger and stand higher or lower
/// than in the dataset, all at random, and a little differently for each of them. The distance
/// between the ink of neighbours is drawn from `style.spacing`. At most half of the narrower of two
/// neighbours overlaps, and the left sides of their ink are at least 4 columns apart, so that each
/// of them can be seen. `random` is the line's own stream.
Line compose_line(const Dataset& images, std::span<const Index> positions, const LineStyle& style,
                  Random& random, const Augmentation* augment = nullptr);

/// The lines of an epoch: how long they are, and which images they are composed of. There are as
/// many lines as it takes to use each image about once.
class LineOrder {
 public:
  /// The lines that the images at `positions` make. The order of the images and the lengths of the
  /// lines depend only on the seed and the epoch.
  LineOrder(std::vector<Index> positions, const LineStyle& style, std::uint64_t seed,
            std::uint32_t epoch);

  /// The number of lines that `count` images make: at least one, unless there are no images.
  static Index line_count(Index count, const LineStyle& style);

  /// The positions of the images of line number `i`, from left to right.
  std::span<const Index> line(Index i) const {
    const auto begin = static_cast<std::size_t>(begins_[static_cast<std::size_t>(i)]);
    const auto end = static_cast<std::size_t>(begins_[static_cast<std::size_t>(i) + 1]);
    return std::span(positions_).subspan(begin, end - begin);
  }

 private:
  std::vector<Index> positions_;  // of the images of all lines, one after the other
  std::vector<Index> begins_;     // of each line in these, and the end
};

}  // namespace scanline::datasets
