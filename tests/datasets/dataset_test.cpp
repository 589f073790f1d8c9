#include "scanline/datasets/dataset.hpp"

#include "tests/catch.hpp"
#include "tests/datasets/numbered_images.hpp"

using namespace scanline;
using datasets::measure_normalization;

TEST_CASE("mean and standard deviation are those of the chosen images") {
  datasets::Dataset images = test::numbered_images(3);
  images.rows = 2;
  images.pixels = {255, 0, 7, 7, 255, 0};
  CHECK(datasets::all_positions(images) == std::vector<Index>{0, 1, 2});
  const datasets::Normalization found = measure_normalization(images, {0, 2});
  CHECK(found.mean == 0.5);
  CHECK(found.standard_deviation == 0.5);
  CHECK(found == measure_normalization(images, {2, 0}));
}

TEST_CASE("pixels that are all equal can be normalized") {
  const datasets::Dataset images = test::numbered_images(3);
  CHECK(measure_normalization(images, {2}) == datasets::Normalization{2 / 255.0, 1});
  datasets::Dataset dark = images;
  dark.count = 1;
  dark.rows = dark.columns = 2000;
  dark.pixels.assign(4'000'000, 77);
  dark.pixels.back() = 78;
  CHECK(measure_normalization(dark, {0}).standard_deviation == 1);
  CHECK(measure_normalization(images, {}) == datasets::Normalization{0, 1});
}
