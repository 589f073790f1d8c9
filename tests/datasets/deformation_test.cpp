#include "scanline/datasets/deformation.hpp"

#include <cmath>
#include <numbers>
#include <vector>

#include "tests/catch.hpp"

using namespace scanline;
using datasets::Deformation;

namespace {

constexpr Index rows = 9, columns = 6;

std::vector<std::uint8_t> picture() {
  std::vector<std::uint8_t> pixels;
  for (Index i = 0; i < rows * columns; ++i) pixels.push_back(static_cast<std::uint8_t>(i * 37));
  return pixels;
}

Random stream() { return {5, Purpose::augment, 2, 3}; }

/// The cubic B-spline about 0, with knots at the whole numbers.
double spline(double t) {
  const double a = std::abs(t);
  if (a < 1) return 2.0 / 3 - a * a + a * a * a / 2;
  return a < 2 ? std::pow(2 - a, 3) / 6 : 0;
}

/// Draws a grid of knots, 7 pixels apart, the first one 7 pixels before the image, and returns how
/// far each pixel is moved by them.
std::vector<double> draw_elastic(double limit, Random& random) {
  std::vector<double> offsets(static_cast<std::size_t>(rows * columns));
  if (limit == 0) return offsets;
  for (int down = -1; down < 4; ++down)         // 9 rows: knots at -7, 0, 7, 14 and 21
    for (int right = -1; right < 3; ++right) {  // 6 columns: at -7, 0, 7 and 14
      const double knot = random.uniform(-limit, limit);
      for (Index row = 0; row < rows; ++row)
        for (Index column = 0; column < columns; ++column)
          offsets[static_cast<std::size_t>(row * columns + column)] +=
              knot * spline(static_cast<double>(row) / 7 - down) *
              spline(static_cast<double>(column) / 7 - right);
    }
  return offsets;
}

std::vector<float> moved(const Deformation::Limits& limits) {
  std::vector<float> to(static_cast<std::size_t>(rows * columns));
  Random random = stream();
  Deformation(limits).apply(random, picture().data(), rows, columns, to.data());
  return to;
}

}  // namespace

TEST_CASE("an image that is not moved stays what it is") {
  const std::vector<std::uint8_t> pixels = picture();
  CHECK(moved({}) == std::vector<float>(pixels.begin(), pixels.end()));
}

TEST_CASE("new pixels are interpolated where the transformation says that they came from") {
  using Limits = Deformation::Limits;
  const Limits limits =
      GENERATE(Limits{.rotation = 40}, Limits{.scale = 0.5}, Limits{.shift = 3}, Limits{.shear = 1},
               Limits{.rotation = 180, .scale = 0.3, .shift = 8, .shear = 0.5},
               Limits{.elastic = 4}, Limits{.rotation = 90, .scale = 0.2, .elastic = 2});
  Random random = stream();
  const auto draw = [&](double limit) { return random.uniform(-limit, limit); };
  const double angle = draw(limits.rotation) * std::numbers::pi / 180;
  const double scale = 1 + draw(limits.scale);
  const double down = draw(limits.shift), right = draw(limits.shift), shear = draw(limits.shear);
  const std::vector<double> elastic_down = draw_elastic(limits.elastic, random);
  const std::vector<double> elastic_right = draw_elastic(limits.elastic, random);
  const std::vector<std::uint8_t> pixels = picture();
  const auto old_pixel = [&](Index row, Index column) {
    const bool inside = row >= 0 && row < rows && column >= 0 && column < columns;
    return inside ? pixels[static_cast<std::size_t>(row * columns + column)] : 0.0;
  };
  const std::vector<float> found = moved(limits);
  for (Index row = 0; row < rows; ++row)
    for (Index column = 0; column < columns; ++column) {
      const auto pixel = static_cast<std::size_t>(row * columns + column);
      const double y = static_cast<double>(row) - 4 - down - elastic_down[pixel],
                   x = static_cast<double>(column) - 2.5 - right - elastic_right[pixel];
      const double from_row = 4 + (std::cos(angle) * y - std::sin(angle) * x) / scale;
      const double from_column =
          2.5 + (std::sin(angle) * y + std::cos(angle) * x + shear * y) / scale;
      // The sum over all old pixels of the tent that bilinear interpolation puts on each.
      double expected = 0;
      for (Index r = -1; r <= rows; ++r)
        for (Index c = -1; c <= columns; ++c)
          expected += old_pixel(r, c) *
                      std::max(0.0, 1 - std::abs(from_row - static_cast<double>(r))) *
                      std::max(0.0, 1 - std::abs(from_column - static_cast<double>(c)));
      CHECK(found[pixel] == Approx(expected).margin(0.01));
    }
}
