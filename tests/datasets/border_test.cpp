#include "scanline/datasets/detail/border.hpp"

#include <set>

#include "tests/catch.hpp"

using namespace scanline::datasets;

TEST_CASE("the border of an image is its first and last rows and columns") {
  const std::vector<std::size_t> border = border_positions(3, 4);
  CHECK(std::set<std::size_t>(border.begin(), border.end()) ==
        std::set<std::size_t>{0, 1, 2, 3, 4, 7, 8, 9, 10, 11});
  CHECK(border.size() == 14);  // each corner twice
}

TEST_CASE("the median is the value in the middle") {
  CHECK(median({5}) == 5);
  CHECK(median({9, 1, 3}) == 3);
  CHECK(median({4, 1, 3, 2}) == 3);
}
