#include "scanline/datasets/summary.hpp"

#include "tests/catch.hpp"
#include "tests/datasets/numbered_images.hpp"

using namespace scanline;
using datasets::summarize;
using datasets::Summary;
using Positions = std::vector<Index>;

namespace {

/// Images of two pixels, which are a multiple of the number and 1, with these labels.
datasets::Dataset images(const std::vector<std::uint8_t>& numbers,
                         const std::vector<datasets::Label>& labels) {
  datasets::Dataset result{.count = static_cast<Index>(numbers.size()),
                           .rows = 1,
                           .columns = 2,
                           .labels = labels,
                           .class_names = {"a", "b", "c"}};
  for (const std::uint8_t number : numbers) {
    result.pixels.push_back(static_cast<std::uint8_t>(10 * number));
    result.pixels.push_back(1);
  }
  return result;
}

}  // namespace

TEST_CASE("a summary counts images, classes and grey levels") {
  datasets::Dataset part = images({1, 2, 3, 4}, {0, 0, 2, 0});
  part.pixels[2] = part.pixels[3];
  const Summary summary = summarize({&part});
  REQUIRE(summary.parts.size() == 1);
  CHECK(summary.shared.empty());
  CHECK(summary.parts[0].count == 4);
  CHECK(summary.parts[0].rows == 1);
  CHECK(summary.parts[0].columns == 2);
  CHECK(summary.parts[0].class_counts == Positions{3, 0, 1});
  CHECK(summary.parts[0].pixels == measure_normalization(part, datasets::all_positions(part)));
  CHECK(summary.parts[0].blank == Positions{1});
  CHECK(summary.parts[0].repeated.positions.empty());
}

TEST_CASE("a summary tells which identical images have other labels") {
  const datasets::Dataset train = images({1, 2, 1, 1, 3, 2}, {0, 1, 0, 2, 0, 1});
  const datasets::Dataset test = images({1, 3, 3, 4, 3}, {0, 0, 1, 0, 0});
  const Summary summary = summarize({&train, &test});
  CHECK(summary.parts[0].repeated.positions == Positions{2, 3, 5});
  CHECK(summary.parts[0].repeated.other_label == 1);
  CHECK(summary.parts[1].repeated.positions == Positions{2, 4});
  CHECK(summary.parts[1].repeated.other_label == 2);  // the last one differs from the one before
  REQUIRE(summary.shared.size() == 1);
  CHECK(summary.shared[0].first == 0);
  CHECK(summary.shared[0].second == 1);
  CHECK(summary.shared[0].images.positions == Positions{0, 1, 2, 4});
  CHECK(summary.shared[0].images.other_label == 2);  // the first 1 is also a 2, and the second 3
}

TEST_CASE("a summary needs no labels") {
  const datasets::Dataset train = images({1, 2}, {0, 1}), test = images({2, 2}, {});
  const Summary summary = summarize({&train, &test});
  CHECK(summary.parts[1].class_counts.empty());
  CHECK(summary.parts[1].repeated.positions == Positions{1});
  CHECK(summary.parts[1].repeated.other_label == 0);
  CHECK(summary.shared[0].images.positions == Positions{0, 1});
  CHECK(summary.shared[0].images.other_label == 0);
}
