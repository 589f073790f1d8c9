#include "scanline/datasets/detail/make_images.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "scanline/framework/core/error.hpp"
#include "tests/catch.hpp"

using namespace scanline;
using datasets::Image;
using datasets::MadeImages;
using datasets::make_images;
using datasets::Request;

namespace {

/// An image of 1x2 pixels that hold its number; those of which the number ends in 7 are bad.
Image number(Index i) {
  if (i % 10 == 7) throw Error("image " + std::to_string(i) + " is bad");
  return {1, 2, {static_cast<std::uint8_t>(i % 256), static_cast<std::uint8_t>(i / 256)}};
}

}  // namespace

TEST_CASE("images are made in their order, and reported as they are done") {
  std::vector<Index> reports;
  Request request;
  request.progress = [&](Index done, Index count) {
    reports.push_back(done);
    CHECK(count == 1000);
  };
  const MadeImages made = make_images(
      1000, {1, 2}, [](Index i) { return number(i - i % 10); }, request, "here");
  REQUIRE(made.kept.size() == 1000);
  REQUIRE(made.pixels.size() == 2000);
  for (std::size_t i = 0; i < 1000; ++i)
    CHECK(made.pixels[2 * i] + 256 * made.pixels[2 * i + 1] == static_cast<int>(i - i % 10));
  CHECK(std::is_sorted(reports.begin(), reports.end()));
  CHECK(reports.size() > 2);
  CHECK(reports.back() == 1000);
}

TEST_CASE("images that cannot be made are counted, and the first one is named") {
  const std::string what = "here: 100 of 1000 pictures cannot be read; the first: image 7 is bad";
  CHECK_THROWS_WITH(make_images(1000, {1, 2}, number, {}, "here"),
                    what + "; --skip-bad leaves them out");
  Request request{.skip_bad = true};
  std::string note;
  request.note = [&](const std::string& line) { note = line; };
  const MadeImages made = make_images(1000, {1, 2}, number, request, "here");
  CHECK(note ==
        "here: 100 of 1000 pictures cannot be read and are left out; the first: image 7 is bad");
  REQUIRE(made.kept.size() == 900);
  REQUIRE(made.pixels.size() == 1800);
  for (std::size_t i = 0; i < 900; ++i) {
    CHECK(made.kept[i] % 10 != 7);
    CHECK(made.pixels[2 * i] + 256 * made.pixels[2 * i + 1] == made.kept[i]);
  }
  CHECK_THROWS_WITH(make_images(
                        3, {1, 2}, [](Index) { return number(7); }, request, "here"),
                    "here: 3 of 3 pictures cannot be read; the first: image 7 is bad");
}
