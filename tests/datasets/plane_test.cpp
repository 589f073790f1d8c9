#include "scanline/datasets/detail/plane.hpp"

#include <algorithm>
#include <cmath>

#include "scanline/framework/core/random.hpp"
#include "tests/catch.hpp"

using namespace scanline;
using namespace scanline::datasets;

namespace {

Plane random_plane(Index rows, Index columns) {
  Random random(5, Purpose::augment);
  Plane plane{rows, columns, {}};
  for (Index i = 0; i < rows * columns; ++i)
    plane.values.push_back(static_cast<float>(random.below(1000)));
  return plane;
}

}  // namespace

TEST_CASE("extremes and means are those of a square around each pixel") {
  const Plane plane = random_plane(13, 19);
  for (const Index radius : {0, 1, 2, 5, 40}) {
    const Plane largest = largest_around(plane, radius), smallest = smallest_around(plane, radius);
    const Plane mean = mean_around(plane, radius);
    for (Index r = 0; r < plane.rows; ++r)
      for (Index c = 0; c < plane.columns; ++c) {
        float most = -1, least = 1e9F;
        double sum = 0, count = 0;
        for (Index y = std::max<Index>(r - radius, 0); y <= std::min(r + radius, plane.rows - 1);
             ++y)
          for (Index x = std::max<Index>(c - radius, 0);
               x <= std::min(c + radius, plane.columns - 1); ++x) {
            const float value = plane.values[plane.at(y, x)];
            most = std::max(most, value);
            least = std::min(least, value);
            sum += static_cast<double>(value);
            ++count;
          }
        CHECK(largest.values[plane.at(r, c)] == most);
        CHECK(smallest.values[plane.at(r, c)] == least);
        CHECK(mean.values[plane.at(r, c)] == Approx(sum / count));
      }
  }
}

TEST_CASE("a closing fills what is narrow, and keeps gradients and edges") {
  Plane plane{20, 30, {}};
  for (Index r = 0; r < 20; ++r)
    for (Index c = 0; c < 30; ++c) plane.values.push_back(static_cast<float>(c < 12 ? c : 100 + c));
  Plane inked = plane;
  for (Index r = 4; r < 16; ++r)
    for (Index c = 20; c < 23; ++c) inked.values[plane.at(r, c)] = 0;
  const Plane filled = closed(inked, 3), same = closed(plane, 3);
  const auto is_near = [](float a, float b) { return std::abs(a - b) <= 3; };  // at the border
  bool is_filled = true, is_kept = true;
  for (std::size_t i = 0; i < plane.values.size(); ++i) {
    is_filled = is_filled && is_near(filled.values[i], plane.values[i]);
    is_kept = is_kept && is_near(same.values[i], plane.values[i]);
  }
  CHECK(is_filled);
  CHECK(is_kept);
  for (float& value : inked.values) value = -value;
  const Plane opposite = opened(inked, 3);
  for (std::size_t i = 0; i < plane.values.size(); ++i)
    REQUIRE(is_near(opposite.values[i], -plane.values[i]));
}

TEST_CASE("a quantile is the value that so many are below") {
  CHECK(quantile({5, 1, 3}, 0.5) == 3);
  CHECK(quantile({5, 1, 3}, 0) == 1);
  CHECK(quantile({5, 1, 3}, 1) == 5);
}
