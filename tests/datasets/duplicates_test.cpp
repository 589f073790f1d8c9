#include "scanline/datasets/duplicates.hpp"

#include "tests/catch.hpp"
#include "tests/datasets/numbered_images.hpp"

using namespace scanline;
using datasets::find_duplicates;
using datasets::Place;
using test::numbered_images;

namespace {

using Groups = std::vector<std::vector<Place>>;

}  // namespace

TEST_CASE("images with equal pixels are found within and between datasets") {
  datasets::Dataset first = numbered_images(6), second = numbered_images(2);
  CHECK(find_duplicates({}).empty());
  CHECK(find_duplicates({&first}).empty());
  first.pixels = {9, 1, 7, 1, 2, 1};
  second.pixels = {7, 4};
  CHECK(find_duplicates({&first}) == Groups{{{0, 1}, {0, 3}, {0, 5}}});
  CHECK(find_duplicates({&first, &second}) == Groups{{{0, 1}, {0, 3}, {0, 5}}, {{0, 2}, {1, 0}}});
  CHECK(find_duplicates({&first, &first}).size() == 4);
}

TEST_CASE("images are compared to their last pixel, and by their size") {
  // Sizes that are no multiple of the eight bytes that are hashed at once.
  for (const Index columns : {1, 7, 8, 9, 13}) {
    const auto size = static_cast<std::size_t>(2 * columns);
    datasets::Dataset images{.count = 3, .rows = 2, .columns = columns};
    images.pixels.resize(3 * size, 5);
    images.pixels.back() = 6;
    CHECK(find_duplicates({&images}) == Groups{{{0, 0}, {0, 1}}});
    const datasets::Dataset turned{.count = 1,
                                   .rows = 1,
                                   .columns = 2 * columns,
                                   .pixels = std::vector<std::uint8_t>(size, 5)};
    CHECK(find_duplicates({&images, &turned}) == Groups{{{0, 0}, {0, 1}}});
  }
}

TEST_CASE("many equal images are one group") {
  datasets::Dataset images{.count = 70'000, .rows = 1, .columns = 1};
  images.pixels.resize(70'000, 0);
  const Groups groups = find_duplicates({&images});
  REQUIRE(groups.size() == 1);
  CHECK(groups[0].size() == 70'000);
  CHECK(groups[0].back() == Place{0, 69'999});
}
