#include "scanline/datasets/detail/resample.hpp"

#include "tests/catch.hpp"

using namespace scanline;
using datasets::Axis;
using datasets::resample;

namespace {

const datasets::Image image{2, 4, {0, 40, 80, 120, 10, 50, 90, 130}};

/// Row by row, with 10 for background.
std::vector<double> sampled(const Axis& down, const Axis& across) {
  return resample(image, 10, down, across);
}

}  // namespace

TEST_CASE("an image that is sampled pixel by pixel differs by the background") {
  CHECK(sampled({0, 1, 2}, {0, 1, 4}) == std::vector<double>{-10, 30, 70, 110, 0, 40, 80, 120});
}

TEST_CASE("a smaller image has the means of areas") {
  CHECK(sampled({0, 2, 1}, {0, 2, 2}) == std::vector<double>{15, 95});
  CHECK(sampled({0, 2, 1}, {1, 2, 1}) == std::vector<double>{55});
  // One and a half pixels: the first one and half of the second.
  CHECK(sampled({0, 1, 1}, {0, 1.5, 1})[0] == Approx((-10 + 0.5 * 30) / 1.5));
}

TEST_CASE("a larger image is interpolated linearly") {
  const std::vector<double> found = sampled({0, 1, 1}, {0.25, 0.5, 3});
  // The middles of the new pixels lie half a pixel, one and one and a half from the edge.
  CHECK(found == std::vector<double>{-10, 10, 30});
}

TEST_CASE("outside of an image is background") {
  CHECK(sampled({-1, 1, 4}, {3, 1, 2}) == std::vector<double>{0, 0, 110, 0, 120, 0, 0, 0});
}

TEST_CASE("a whole image is resized without a dark edge") {
  const datasets::Image grey{2, 2, {100, 100, 100, 100}};
  for (const double level : datasets::resample_whole(grey, 5, 3)) CHECK(level == Approx(100));
  CHECK(datasets::resample_whole(image, 1, 2) == std::vector<double>{25, 105});
  // As torch.nn.functional.interpolate(mode="bilinear") does it.
  const std::vector<double> wider = datasets::resample_whole({1, 2, {0, 100}}, 1, 4);
  CHECK(wider == std::vector<double>{0, 25, 75, 100});
}
