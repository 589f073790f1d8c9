#include "scanline/datasets/deformation.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <vector>

namespace scanline::datasets {

namespace {

/// Pixels from knot to knot.
constexpr Index knot_distance = 7;

/// The four knots that move a row, or a column, and how much each of them does.
struct Spline {
  std::size_t first_knot;
  std::array<float, 4> weights;
};

/// How the knots move row, or column, i: the uniform cubic B-splines.
Spline spline(Index i) {
  const float u = static_cast<float>(i % knot_distance) / knot_distance, v = 1 - u;
  return {
      static_cast<std::size_t>(i / knot_distance),
      {v * v * v / 6, (3 * u * u * (u - 2) + 4) / 6, (3 * v * v * (v - 2) + 4) / 6, u * u * u / 6}};
}

/// Where in the framed image a new pixel came from: the last pixel above and before, and how far
/// below it and behind.
struct Origin {
  int corner;
  float down, right;
};

/// How far each of (rows, columns) pixels is moved along one axis by knots that are drawn anew.
/// Nothing where `limit` is 0.
std::vector<float> draw_elastic(double limit, Random& random, Index rows, Index columns) {
  if (limit == 0) return {};
  const auto knots = [](Index length) {
    return static_cast<std::size_t>((length - 1) / knot_distance + 4);
  };
  const std::size_t across = knots(columns);
  std::vector<float> grid(knots(rows) * across);
  for (float& knot : grid) knot = static_cast<float>(random.uniform(-limit, limit));

  std::vector<float> offsets;
  std::vector<float> of_row(across);  // the knots' offsets, as they are in this row
  for (Index row = 0; row < rows; ++row) {
    const Spline down = spline(row);
    for (std::size_t k = 0; k < across; ++k) {
      of_row[k] = 0;
      for (std::size_t i = 0; i < 4; ++i)
        of_row[k] += down.weights[i] * grid[(down.first_knot + i) * across + k];
    }
    for (Index column = 0; column < columns; ++column) {
      const Spline right = spline(column);
      float offset = 0;
      for (std::size_t i = 0; i < 4; ++i) offset += right.weights[i] * of_row[right.first_knot + i];
      offsets.push_back(offset);
    }
  }
  return offsets;
}

}  // namespace

void Deformation::apply(Random& random, const std::uint8_t* pixels, Index rows, Index columns,
                        float* to) const {
  const auto draw = [&](double limit) { return random.uniform(-limit, limit); };
  const double angle = draw(limits_.rotation) * std::numbers::pi / 180;
  const double scale = 1 + draw(limits_.scale);
  const double down = draw(limits_.shift), right = draw(limits_.shift), shear = draw(limits_.shear);
  const std::vector<float> elastic_down = draw_elastic(limits_.elastic, random, rows, columns),
                           elastic_right = draw_elastic(limits_.elastic, random, rows, columns);

  const bool is_elastic = !elastic_down.empty();

  // With a frame of zeros, no pixel needs to be told whether its neighbours exist.
  const Index width = columns + 3;
  thread_local std::vector<float> framed;
  framed.assign(static_cast<std::size_t>((rows + 3) * width), 0.0F);
  for (Index row = 0; row < rows; ++row)
    std::copy_n(pixels + row * columns, columns, framed.data() + (row + 1) * width + 1);

  // Each new pixel is looked up where it came from, so this is the inverse transformation.
  const auto cosine = static_cast<float>(std::cos(angle) / scale),
             sine = static_cast<float>(std::sin(angle) / scale),
             slant = static_cast<float>(shear / scale);
  const float middle_row = static_cast<float>(rows - 1) / 2,
              middle_column = static_cast<float>(columns - 1) / 2;
  const auto last_row = static_cast<float>(rows), last_column = static_cast<float>(columns);
  // First where all pixels of a row came from, in a loop of which compilers make vector
  // instructions, then what was there.
  thread_local std::vector<Origin> origins;
  origins.resize(static_cast<std::size_t>(columns));
  for (Index row = 0; row < rows; ++row) {
    const float y_of_row = static_cast<float>(row) - middle_row - static_cast<float>(down);
    for (int column = 0; column < columns; ++column) {
      float y = y_of_row;
      float x = static_cast<float>(column) - middle_column - static_cast<float>(right);
      if (is_elastic) {
        const auto pixel = static_cast<std::size_t>(row * columns + column);
        y -= elastic_down[pixel];
        x -= elastic_right[pixel];
      }
      // Positions in the frame, whose first row and column are number -1 of the image.
      const float from_row = 1 + std::clamp(middle_row + cosine * y - sine * x, -1.0F, last_row);
      const float from_column =
          1 + std::clamp(middle_column + sine * y + cosine * x + slant * y, -1.0F, last_column);
      const int above = static_cast<int>(from_row), before = static_cast<int>(from_column);
      origins[static_cast<std::size_t>(column)] = {above * static_cast<int>(width) + before,
                                                   from_row - static_cast<float>(above),
                                                   from_column - static_cast<float>(before)};
    }
    float* pixel = to + row * columns;
    for (const auto& [corner, v, u] : origins) {
      const float* at = framed.data() + corner;
      const float upper = at[0] + u * (at[1] - at[0]);
      const float lower = at[width] + u * (at[width + 1] - at[width]);
      *pixel++ = upper + v * (lower - upper);
    }
  }
}

}  // namespace scanline::datasets
