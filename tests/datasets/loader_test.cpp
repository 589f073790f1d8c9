#include "scanline/datasets/loader.hpp"

#include <algorithm>
#include <iterator>
#include <set>

#include "scanline/datasets/deformation.hpp"
#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/parallel.hpp"
#include "tests/catch.hpp"
#include "tests/datasets/numbered_images.hpp"
#include "tests/framework/core/arrays.hpp"

using namespace scanline;
using datasets::Batch;
using datasets::Dataset;
using datasets::Loader;
using test::numbered_images;

static_assert(std::input_iterator<datasets::Epoch::Iterator>);
static_assert(std::sentinel_for<std::default_sentinel_t, datasets::Epoch::Iterator>);

namespace {

/// The numbers of the images of an epoch, in their order.
std::vector<Index> order(const Loader& loader, Index epoch, Index from = 0) {
  std::vector<Index> numbers;
  for (const Batch& batch : loader.epoch(epoch, from))
    for (Index i = 0; i < batch.labels.size(); ++i) {
      numbers.push_back(static_cast<Index>(batch.images.at(i) * 255 + 0.5));
      CHECK(batch.labels.at(i) == static_cast<double>(numbers.back() % 3));
    }
  return numbers;
}

}  // namespace

TEST_CASE("batches hold normalized images and their labels, the last one what is left") {
  const Dataset images = numbered_images(10);
  const Loader loader(
      images, {9, 3, 4},
      {.batch_size = 2, .normalization = {.mean = 0.25, .standard_deviation = 0.5}});
  CHECK(loader.example_count() == 3);
  CHECK(loader.batch_count() == 2);
  CHECK(loader.example_count(0, 1) == 2);
  CHECK(loader.example_count(1, 2) == 1);
  CHECK(loader.example_count(0, 2) == 3);
  std::vector<Batch> batches;
  for (const Batch& batch : loader.epoch()) batches.push_back(batch);
  REQUIRE(batches.size() == 2);
  CHECK(batches[0].images.shape() == Shape{2, 1, 1});
  CHECK(batches[0].images.at(0) == Approx((9 / 255.0 - 0.25) / 0.5));
  CHECK(batches[0].images.at(1) == Approx((3 / 255.0 - 0.25) / 0.5));
  CHECK(batches[1].images.shape() == Shape{1, 1, 1});
  CHECK(batches[1].labels.at(0) == 1);
  CHECK(Loader(images, {}, {.batch_size = 2}).batch_count() == 0);
  CHECK_THROWS_AS(Loader(images, {0}, {.batch_size = 0}), Error);
}

TEST_CASE("images without labels make batches without labels") {
  Dataset images = numbered_images(3);
  images.labels.clear();
  const Loader loader(images, {2, 1, 0}, {.batch_size = 2});
  CHECK_FALSE(loader.has_labels());
  Index count = 0;
  for (const Batch& batch : loader.epoch()) {
    CHECK_FALSE(batch.labels.defined());
    count += batch.images.shape()[0];
  }
  CHECK(count == 3);
}

TEST_CASE("labels above 255 arrive") {
  Dataset images = numbered_images(2);
  images.labels = {65535, 256};
  const Loader loader(images, {0, 1}, {.batch_size = 2});
  for (const Batch& batch : loader.epoch())
    CHECK(test::values(batch.labels) == std::vector<double>{65535, 256});
}

TEST_CASE("each epoch has an order of its own, which depends on the seed and its number alone") {
  const Dataset images = numbered_images(20);
  const std::vector<Index> all = datasets::all_positions(images);
  const Loader loader(images, all, {.batch_size = 7, .shuffle = true, .seed = 1});
  const std::vector<Index> first = order(loader, 1);
  // Pinned: the same on every platform and in every version.
  CHECK(first ==
        std::vector<Index>{17, 9, 3, 2, 10, 6, 0, 1, 14, 11, 8, 13, 15, 12, 5, 16, 4, 18, 19, 7});
  const std::vector<Index> second = order(loader, 2);
  CHECK(second != first);
  CHECK(std::is_permutation(second.begin(), second.end(), all.begin(), all.end()));

  const Loader other(images, all, {.batch_size = 3, .shuffle = true, .seed = 1});
  CHECK(order(other, 2) == second);
  CHECK(order(other, 2, 5) == std::vector<Index>(second.begin() + 15, second.end()));
  CHECK(order(other, 2, 7).empty());
  const Loader reseeded(images, all, {.batch_size = 7, .shuffle = true, .seed = 2});
  CHECK(order(reseeded, 1) != first);
  const Loader in_order(images, all, {.batch_size = 7});
  CHECK(order(in_order, 1) == all);
}

TEST_CASE("a loop can be left, and epochs can be gone through at the same time") {
  const Dataset images = numbered_images(10);
  const std::vector<Index> all = datasets::all_positions(images);
  const Loader loader(images, all, {.batch_size = 2});
  for (const Batch& batch : loader.epoch()) {
    CHECK(batch.images.at(0) == 0);
    break;
  }
  for (const Batch& batch : loader.epoch(1, 4)) {
    CHECK(order(loader, 2) == all);
    CHECK(test::values(batch.labels) == std::vector<double>{2, 0});
  }
}

TEST_CASE("how an image is augmented depends only on seed, epoch and position") {
  Dataset images = numbered_images(3);
  images.rows = images.columns = 8;
  images.pixels.assign(3 * 64, 0);
  for (std::size_t i = 0; i < 3; ++i)  // the same cross three times
    for (std::size_t p = 0; p < 8; ++p)
      images.pixels[64 * i + 8 * p + 4] = images.pixels[64 * i + 8 * 3 + p] = 200;
  // What moves only the knots of a grid is a deformation as well.
  const auto augment = std::make_shared<datasets::Deformation>(
      GENERATE(datasets::Deformation::Limits{.rotation = 10, .shift = 1.5},
               datasets::Deformation::Limits{.elastic = 3}));
  const auto image = [&](const std::vector<Index>& positions, Index epoch, Index row,
                         std::uint64_t seed = 1) {
    const Loader loader(images, positions, {.batch_size = 3, .seed = seed, .augment = augment});
    for (const Batch& batch : loader.epoch(epoch))
      return test::values(batch.images.rows(row, row + 1));
    return std::vector<double>{};
  };
  const std::vector<double> found = image({0, 1, 2}, 1, 1);
  CHECK(found == image({1}, 1, 0));
  CHECK(found != image({0, 1, 2}, 1, 2));
  CHECK(found != image({0, 1, 2}, 2, 1));
  CHECK(found != image({0, 1, 2}, 1, 1, 2));
  const int before = thread_count();
  set_thread_count(3);
  CHECK(found == image({1}, 1, 0));
  set_thread_count(before);
}

TEST_CASE("what an augmentation throws arrives in the loop") {
  struct Broken : datasets::Augmentation {
    void apply(Random&, const std::uint8_t*, Index, Index, float*) const override {
      throw Error("broken");
    }
  };
  const Dataset images = numbered_images(4);
  const Loader loader(images, {0, 1, 2, 3},
                      {.batch_size = 2, .augment = std::make_shared<Broken>()});
  CHECK_THROWS_WITH(order(loader, 1), "broken");
}

TEST_CASE("a part of an epoch has the batches that the whole epoch has there") {
  const Dataset images = numbered_images(10);
  const Loader loader(images, all_positions(images), {.batch_size = 3, .shuffle = true});
  std::vector<Array> whole, part;
  for (const Batch& batch : loader.epoch(2)) whole.push_back(batch.labels);
  for (const Batch& batch : loader.epoch(2, 1, 3)) part.push_back(batch.labels);
  REQUIRE(whole.size() == 4);
  REQUIRE(part.size() == 2);
  for (std::size_t i = 0; i < part.size(); ++i) CHECK(test::distance(part[i], whole[i + 1]) == 0);
  for (const Batch& batch : loader.epoch(2, 3, 99)) CHECK(batch.labels.size() == 1);
  for ([[maybe_unused]] const Batch& batch : loader.epoch(2, 2, 2)) FAIL("there is no batch");
}

TEST_CASE("processes that divide batches have the rows of whole ones") {
  const Dataset images = numbered_images(23);
  const auto augment = std::make_shared<datasets::Deformation>(
      datasets::Deformation::Limits{.rotation = 10, .shift = 2});
  const auto loader = [&](const datasets::Division& division) {
    return Loader(images, datasets::all_positions(images),
                  {.batch_size = 10, .shuffle = true, .augment = augment, .division = division});
  };
  std::vector<Batch> whole;
  const Loader undivided = loader({});
  for (const Batch& batch : undivided.epoch(3)) whole.push_back(batch);
  // Batches of 10, 10 and 3 images, of which the last is not divided into 4 pieces.
  Index rows = 0;
  double share = 0;
  for (const auto& [begin, end] : std::vector<std::pair<Index, Index>>{{0, 1}, {1, 3}, {3, 4}}) {
    std::size_t number = 0;
    const Loader divided = loader({4, begin, end});
    for (const Batch& own : divided.epoch(3)) {
      const Batch& all = whole[number++];
      const Index count = own.images.shape()[0];
      INFO("pieces from " << begin << ", batch " << number);
      CHECK(own.total == all.images.shape()[0]);
      CHECK(test::values(own.images) ==
            test::values(all.images.rows(own.first, own.first + count)));
      CHECK(test::values(own.labels) ==
            test::values(all.labels.rows(own.first, own.first + count)));
      share += own.share;
      if (number < 3) rows += count;
      if (number == 3) CHECK(count == 3);
    }
  }
  CHECK(rows == 20);
  CHECK(share == Approx(3));
}
