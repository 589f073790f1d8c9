#include "scanline/datasets/split.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "scanline/framework/core/error.hpp"
#include "tests/catch.hpp"
#include "tests/datasets/numbered_images.hpp"

using namespace scanline;
using test::numbered_images;

TEST_CASE("the validation split is stratified, complete and always the same") {
  // 100 images: 34 of class 0 and 33 of each other one.
  const datasets::Dataset images = numbered_images(100);
  for (const Index held_out : {0, 1, 2, 10, 50, 99}) {
    const datasets::Split split = datasets::stratified_split(images, held_out);
    CHECK(split.validation.size() == static_cast<std::size_t>(held_out));
    std::set<Index> together(split.train.begin(), split.train.end());
    together.insert(split.validation.begin(), split.validation.end());
    CHECK(together.size() == 100);
    CHECK(std::is_sorted(split.validation.begin(), split.validation.end()));
    for (Index c = 0; c < 3; ++c) {
      const auto of_class = std::count_if(split.validation.begin(), split.validation.end(),
                                          [&](Index position) { return position % 3 == c; });
      const double share = static_cast<double>(held_out) * (c == 0 ? 0.34 : 0.33);
      CHECK(std::abs(static_cast<double>(of_class) - share) < 1);
    }
    CHECK(datasets::stratified_split(images, held_out).validation == split.validation);
  }
  CHECK(datasets::stratified_split(images, 6).validation ==
        std::vector<Index>{4, 14, 59, 69, 94, 96});
  CHECK_THROWS_WITH(
      datasets::stratified_split(images, 100),
      "--val-size: expected fewer images to hold out than the 100 there are, found 100");
  CHECK_THROWS_AS(datasets::stratified_split(images, -1), Error);
}

TEST_CASE("a validation size is a number of images, or a fraction of them") {
  CHECK(datasets::validation_count(0, 100) == 0);
  CHECK(datasets::validation_count(0.1, 1797) == 180);
  CHECK(datasets::validation_count(0.004, 100) == 1);
  CHECK(datasets::validation_count(1, 100) == 1);
  CHECK(datasets::validation_count(5000, 60000) == 5000);
}

TEST_CASE("images without labels cannot be split by class") {
  datasets::Dataset images = numbered_images(10);
  images.name = "pictures";
  images.labels.clear();
  CHECK_THROWS_WITH(datasets::stratified_split(images, 2),
                    "pictures: expected a label for each of 10 images, found 0");
}
