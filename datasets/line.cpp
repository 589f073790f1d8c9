#include "scanline/datasets/line.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "scanline/datasets/dataset.hpp"
#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/parse_number.hpp"

namespace scanline::datasets {
namespace {

/// Ink is what is at least this dark.
constexpr float least_ink = 32;
/// The left sides of neighbours are this far apart, so that a network that reads two columns in a
/// step has a step for each character and one between two equal ones.
constexpr Index least_advance = 4;
constexpr Index narrowest_line = 8;  // as many columns as a network may read in a step
constexpr Index narrowest_margin = 2, widest_margin = 5;  // before and after a line

/// How a line is written, and how much a single character may differ. Deviations are drawn
/// uniformly in either direction.
constexpr double line_slant = 0.2, own_slant = 0.05;  // columns per row
constexpr double line_size = 0.12, own_size = 0.06;   // fractions
constexpr double line_slope = 2, own_baseline = 1;    // rows, over the whole line and of each

/// How a character is drawn into its line.
struct Placing {
  double slant, size, down;
};

/// One character, as wide as its ink.
struct Character {
  Index columns = 0;
  std::vector<float> pixels = {};  // (rows, columns)
};

/// An image that is slanted, resized and moved. It is looked up where it came from, between four
/// pixels, and there is nothing around it.
class Drawing {
 public:
  Drawing(const float* pixels, Index rows, Index columns)
      : rows_(rows), columns_(columns), width_(columns + 2) {
    framed_.assign(static_cast<std::size_t>((rows + 2) * width_), 0.0F);
    for (Index row = 0; row < rows; ++row)
      std::copy_n(pixels + row * columns, columns, framed_.data() + (row + 1) * width_ + 1);
  }

  /// (rows, columns) pixels, of which the columns without ink at both sides are cut off.
  Character draw(const Placing& placing) const {
    const Index side = rows_ / 2;  // for what slanting and enlarging add
    const Index columns = columns_ + 2 * side;
    std::vector<float> drawn(static_cast<std::size_t>(rows_ * columns));
    const double middle_row = static_cast<double>(rows_ - 1) / 2;
    const double middle_column = static_cast<double>(columns_ - 1) / 2;
    for (Index row = 0; row < rows_; ++row) {
      const double y = (static_cast<double>(row) - middle_row - placing.down) / placing.size;
      const double first = middle_column + placing.slant * y -
                           (middle_column + static_cast<double>(side)) / placing.size;
      for (Index column = 0; column < columns; ++column)
        drawn[static_cast<std::size_t>(row * columns + column)] =
            at(middle_row + y, first + static_cast<double>(column) / placing.size);
    }
    return cut(drawn, columns);
  }

 private:
  float at(double row, double column) const {
    if (row <= -1 || column <= -1 || row >= static_cast<double>(rows_) ||
        column >= static_cast<double>(columns_))
      return 0;
    const auto above = static_cast<Index>(row + 1), before = static_cast<Index>(column + 1);
    const auto v = static_cast<float>(row + 1 - static_cast<double>(above)),
               u = static_cast<float>(column + 1 - static_cast<double>(before));
    const float* from = framed_.data() + above * width_ + before;
    const float upper = from[0] + u * (from[1] - from[0]);
    const float lower = from[width_] + u * (from[width_ + 1] - from[width_]);
    return upper + v * (lower - upper);
  }

  Character cut(const std::vector<float>& drawn, Index columns) const {
    const auto has_ink = [&](Index column) {
      for (Index row = 0; row < rows_; ++row)
        if (drawn[static_cast<std::size_t>(row * columns + column)] >= least_ink) return true;
      return false;
    };
    Index begin = 0, end = columns;
    while (begin < end && !has_ink(begin)) ++begin;
    while (end > begin && !has_ink(end - 1)) --end;
    if (begin == end) {  // an empty image takes its own place
      begin = (columns - columns_) / 2;
      end = begin + columns_;
    }
    Character result{end - begin, {}};
    for (Index row = 0; row < rows_; ++row)
      result.pixels.insert(result.pixels.end(), drawn.begin() + row * columns + begin,
                           drawn.begin() + row * columns + end);
    return result;
  }

  Index rows_, columns_, width_;
  std::vector<float> framed_;
};

double either_way(Random& random, double limit) { return random.uniform(-limit, limit); }

Index within(Random& random, Index low, Index high) { return low + random.below(high - low + 1); }

}  // namespace

WholeRange parse_range(const std::string& text, const WholeRange& limits) {
  const auto dots = text.find("..");
  const std::optional<Index> low = parse_number<Index>(std::string_view(text).substr(0, dots));
  const std::optional<Index> high =
      dots == std::string::npos ? low
                                : parse_number<Index>(std::string_view(text).substr(dots + 2));
  if (!low || !high || *low > *high || *low < limits.low || *high > limits.high)
    throw Error(
        fmt::format("expected a number or a range such as {0}..{1}, from {0} to {1}, "
                    "found '{2}'",
                    limits.low, limits.high, text));
  return {*low, *high};
}

Line compose_line(const Dataset& images, std::span<const Index> positions, const LineStyle& style,
                  Random& random, const Augmentation* augment) {
  const Index pixels_per_image = images.rows * images.columns;
  const double slant = either_way(random, line_slant), size = 1 + either_way(random, line_size);
  const double slope = either_way(random, line_slope);
  std::vector<Character> characters;
  std::vector<Index> begins;
  std::vector<float> changed(static_cast<std::size_t>(pixels_per_image));
  Index end = within(random, narrowest_margin, widest_margin);
  Line line{.rows = images.rows};
  for (const Index position : positions) {
    const std::uint8_t* pixels = images.pixels.data() + position * pixels_per_image;
    if (augment != nullptr)
      augment->apply(random, pixels, images.rows, images.columns, changed.data());
    else
      std::copy_n(pixels, pixels_per_image, changed.begin());
    const auto number = static_cast<double>(characters.size());
    const auto count = static_cast<double>(positions.size());
    const Placing placing{
        .slant = slant + either_way(random, own_slant),
        .size = size * (1 + either_way(random, own_size)),
        .down = slope * ((number + 0.5) / count - 0.5) + either_way(random, own_baseline)};
    Character next = Drawing(changed.data(), images.rows, images.columns).draw(placing);
    Index begin = end;
    const Index gap = within(random, style.spacing.low, style.spacing.high);
    if (!characters.empty()) {
      const Index overlap = std::min(characters.back().columns, next.columns) / 2;
      begin = std::max(begins.back() + least_advance, end + std::max(gap, -overlap));
    }
    end = std::max(end, begin + next.columns);
    begins.push_back(begin);
    characters.push_back(std::move(next));
    if (!images.labels.empty())
      line.labels.push_back(images.labels[static_cast<std::size_t>(position)]);
  }
  line.columns = std::max(end + within(random, narrowest_margin, widest_margin), narrowest_line);
  line.pixels.assign(static_cast<std::size_t>(line.rows * line.columns), 0.0F);
  for (std::size_t i = 0; i < characters.size(); ++i)
    for (Index row = 0; row < line.rows; ++row) {
      const float* from = characters[i].pixels.data() + row * characters[i].columns;
      float* to = line.pixels.data() + row * line.columns + begins[i];
      for (Index column = 0; column < characters[i].columns; ++column)
        to[column] = std::max(to[column], from[column]);
    }
  return line;
}

Index LineOrder::line_count(Index count, const LineStyle& style) {
  if (count == 0) return 0;
  return std::max<Index>(1, 2 * count / (style.digits.low + style.digits.high));
}

LineOrder::LineOrder(std::vector<Index> positions, const LineStyle& style, std::uint64_t seed,
                     std::uint32_t epoch) {
  const auto count = static_cast<Index>(positions.size());
  Random order(seed, Purpose::shuffle, epoch), lengths(seed, Purpose::shuffle, epoch, 1);
  order.shuffle(positions.data(), count);
  begins_.push_back(0);
  for (Index line = 0; line < line_count(count, style); ++line) {
    const Index begin = begins_.back(),
                end = begin + within(lengths, style.digits.low, style.digits.high);
    for (Index i = begin; i < end; ++i)
      positions_.push_back(positions[static_cast<std::size_t>(i % count)]);
    begins_.push_back(end);
  }
}

}  // namespace scanline::datasets
