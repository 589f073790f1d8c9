#include "scanline/datasets/detail/components.hpp"

#include <string>

#include "scanline/datasets/detail/paper_lines.hpp"
#include "tests/catch.hpp"

using namespace scanline;
using namespace scanline::datasets;

namespace {

/// A mask of rows in which # is ink.
Mask mask_of(const std::vector<std::string>& rows) {
  Mask mask{static_cast<Index>(rows.size()), static_cast<Index>(rows.front().size()), {}};
  for (const std::string& row : rows)
    for (const char c : row) mask.pixels.push_back(c == '#' ? 1 : 0);
  return mask;
}

}  // namespace

TEST_CASE("components hang together over sides and corners") {
  const Mask mask = mask_of({
      "##....#",  //
      "##...#.",  //
      "......#",  //
      "#......",  //
  });
  Plane density{4, 7, std::vector<float>(28, 1)};
  density.values[0] = 3;
  const Components found = find_components(mask, density);
  REQUIRE(found.list.size() == 3);
  const Component& block = found.list[0];
  CHECK(block.area == 4);
  CHECK(block.width == 2);
  CHECK(block.density == 1.5);
  CHECK(block.contact == std::array<Index, 4>{2, 2, 0, 0});
  const Component& hook = found.list[1];
  CHECK(hook.area == 3);
  CHECK(hook.box.top == 0);
  CHECK(hook.box.left == 5);
  CHECK(hook.box.bottom == 3);
  CHECK(hook.box.right == 7);
  CHECK(found.list[2].area == 1);
  CHECK(found.labels[3] == -1);
  CHECK(found.labels[21] == 2);
}

TEST_CASE("lines of paper are thin, long and nearly straight") {
  Mask ink{200, 300, std::vector<std::uint8_t>(60'000)};
  const auto fill = [&](Index top, Index left, Index bottom, Index right) {
    for (Index r = top; r < bottom; ++r)
      for (Index c = left; c < right; ++c) ink.pixels[ink.at(r, c)] = 1;
  };
  for (Index c = 0; c < 300; ++c) fill(50 + c / 30, c, 52 + c / 30, c + 1);  // slanted, 2 pixels
  fill(20, 100, 150, 115);                                                   // a stroke across it
  fill(170, 40, 172, 200);                                                   // too short
  const Mask lines = find_paper_lines(ink);
  CHECK(lines.pixels[lines.at(50, 10)] == 1);
  CHECK(lines.pixels[lines.at(59, 290)] == 1);
  CHECK(lines.pixels[lines.at(54, 107)] == 0);
  CHECK(lines.pixels[lines.at(100, 107)] == 0);
  CHECK(lines.pixels[lines.at(170, 100)] == 0);
}
