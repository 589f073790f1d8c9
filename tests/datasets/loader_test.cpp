#include "scanline/datasets/loader.hpp"

#include <algorithm>
#include <set>

#include "scanline/datasets/split.hpp"
#include "scanline/framework/core/error.hpp"
#include "tests/catch.hpp"
#include "tests/framework/core/arrays.hpp"

using namespace scanline;
using datasets::Batch;
using datasets::ImageDataset;
using datasets::Loader;

namespace {

/// Images of one pixel: number i has the value i, and class i % 3.
ImageDataset numbered_images(Index count) {
  ImageDataset images;
  images.count = count;
  images.rows = images.columns = 1;
  for (Index i = 0; i < count; ++i) {
    images.pixels.push_back(static_cast<std::uint8_t>(i));
    images.labels.push_back(static_cast<std::uint8_t>(i % 3));
  }
  images.class_names = {"a", "b", "c"};
  return images;
}

/// The numbers of the images of an epoch, in their order.
std::vector<Index> order(const Loader& loader) {
  std::vector<Index> numbers;
  for (Index b = 0; b < loader.batch_count(); ++b) {
    const Batch batch = loader.batch(b);
    for (Index i = 0; i < batch.labels.size(); ++i) {
      numbers.push_back(static_cast<Index>(batch.images.at(i) * 255 + 0.5));
      CHECK(batch.labels.at(i) == static_cast<double>(numbers.back() % 3));
    }
  }
  return numbers;
}

}  // namespace

TEST_CASE("batches hold standardised images and their labels, the last one what is left") {
  ImageDataset images = numbered_images(10);
  images.mean = 0.25;
  images.standard_deviation = 0.5;
  const Loader loader(images, {9, 3, 4}, {.batch_size = 2});
  CHECK(loader.example_count() == 3);
  REQUIRE(loader.batch_count() == 2);
  const Batch first = loader.batch(0), last = loader.batch(1);
  CHECK(first.images.shape() == Shape{2, 1, 1});
  CHECK(first.images.at(0) == Approx((9 / 255.0 - 0.25) / 0.5));
  CHECK(first.images.at(1) == Approx((3 / 255.0 - 0.25) / 0.5));
  CHECK(last.images.shape() == Shape{1, 1, 1});
  CHECK(last.labels.at(0) == 1);
  CHECK(Loader(images, {}, {.batch_size = 2}).batch_count() == 0);
  CHECK_THROWS_AS(Loader(images, {0}, {.batch_size = 0}), Error);
}

TEST_CASE("each epoch has an order of its own, which depends on the seed and its number alone") {
  const ImageDataset images = numbered_images(20);
  const std::vector<Index> all = datasets::all_positions(images);
  Loader loader(images, all, {.batch_size = 7, .shuffle = true, .seed = 1});
  loader.start_epoch(1);
  const std::vector<Index> first = order(loader);
  // Pinned: the same on every platform and in every version.
  CHECK(first ==
        std::vector<Index>{17, 9, 3, 2, 10, 6, 0, 1, 14, 11, 8, 13, 15, 12, 5, 16, 4, 18, 19, 7});
  loader.start_epoch(2);
  const std::vector<Index> second = order(loader);
  CHECK(second != first);
  CHECK(std::is_permutation(second.begin(), second.end(), all.begin(), all.end()));

  Loader resumed(images, all, {.batch_size = 3, .shuffle = true, .seed = 1});
  resumed.start_epoch(2);
  CHECK(order(resumed) == second);
  Loader reseeded(images, all, {.batch_size = 7, .shuffle = true, .seed = 2});
  reseeded.start_epoch(1);
  CHECK(order(reseeded) != first);
  Loader in_order(images, all, {.batch_size = 7});
  in_order.start_epoch(1);
  CHECK(order(in_order) == all);
}

TEST_CASE("the validation split is stratified, complete and always the same") {
  // 100 images: 34 of class 0 and 33 of each other one.
  const ImageDataset images = numbered_images(100);
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
      "--val-size: expected fewer validation images than the 100 there are, found 100");
  CHECK_THROWS_AS(datasets::stratified_split(images, -1), Error);
}

TEST_CASE("a batch that is made meanwhile is the same") {
  const ImageDataset images = numbered_images(10);
  Loader loader(images, {1, 2, 4, 8, 9}, {.batch_size = 3, .shuffle = true});
  loader.start_epoch(2);
  for (const Index i : {0, 1}) {
    const Batch expected = loader.batch(i);
    datasets::UpcomingBatch upcoming(loader, i);
    const Batch found = upcoming.take();
    CHECK(test::values(found.images) == test::values(expected.images));
    CHECK(test::values(found.labels) == test::values(expected.labels));
    const datasets::UpcomingBatch given_up(loader, i);
  }
}
