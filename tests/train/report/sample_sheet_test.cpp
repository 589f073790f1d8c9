#include "scanline/train/report/sample_sheet.hpp"

#include <algorithm>
#include <string>

#include "scanline/framework/core/random.hpp"
#include "scanline/train/catalogue.hpp"
#include "tests/catch.hpp"
#include "tests/datasets/pictures.hpp"

using namespace scanline;
using namespace scanline::train;

namespace {

/// Images of 2 x 2 pixels; image i is of class i modulo the number of classes.
datasets::Dataset images(Index count, std::size_t classes) {
  datasets::Dataset result{.count = count, .rows = 2, .columns = 2};
  for (Index i = 0; i < count; ++i) {
    for (Index p = 0; p < 4; ++p) result.pixels.push_back(static_cast<std::uint8_t>(i));
    result.labels.push_back(static_cast<datasets::Label>(static_cast<std::size_t>(i) % classes));
  }
  for (std::size_t c = 0; c < classes; ++c)
    result.class_names.push_back("class-" + std::to_string(c));
  return result;
}

Index count(const Picture& picture, const std::string& text) {
  Index found = 0;
  for (std::size_t at = 0; (at = picture.svg.find(text, at)) != std::string::npos; ++at) ++found;
  return found;
}

/// Makes images white, and notes which epochs asked for it.
struct White : datasets::Augmentation {
  void apply(Random& random, const std::uint8_t*, Index rows, Index columns,
             float* to) const override {
    draws.push_back(random.bits());
    std::fill_n(to, rows * columns, 0.0f);
  }
  mutable std::vector<std::uint32_t> draws;
};

}  // namespace

TEST_CASE("a sheet shows up to ten samples of each class") {
  const datasets::Dataset all = images(32, 3);
  const Picture picture = sample_sheet(all, datasets::all_positions(all));
  CHECK(count(picture, "<image ") == 30);
  CHECK(count(picture, "image-rendering:pixelated") == 30);
  CHECK(count(picture, ">11 images<") == 2);
  CHECK(count(picture, ">class-2<") == 1);
  const test::Picture decoded = test::decode_png(picture.png);
  CHECK(decoded.width > 600);
  CHECK(sample_sheet(all, datasets::all_positions(all)).svg == picture.svg);

  const Picture some = sample_sheet(all, {0, 3, 4});
  CHECK(count(some, "<image ") == 3);
  CHECK(count(some, ">1 image<") == 1);
  CHECK(count(some, ">0 images<") == 1);
}

TEST_CASE("a sheet says how many classes it leaves out") {
  const datasets::Dataset all = images(50, 25);
  const Picture picture = sample_sheet(all, datasets::all_positions(all));
  CHECK(count(picture, "<image ") == 40);
  CHECK(count(picture, "the first 20 of 25 classes (5 are not shown)") == 1);
  CHECK(count(picture, ">class-19<") == 1);
  CHECK(count(picture, ">class-20<") == 0);
}

TEST_CASE("a sheet shows a sample as it is, and then as training sees it") {
  const datasets::Dataset all = images(30, 3);
  const auto white = std::make_shared<White>();
  const Picture picture =
      sample_sheet(all, datasets::all_positions(all), {.augment = white, .seed = 7});
  CHECK(count(picture, "<image ") == 30);
  CHECK(count(picture, ">augmented<") == 1);
  REQUIRE(white->draws.size() == 27);
  for (std::uint32_t epoch = 1; epoch <= 9; ++epoch)
    CHECK(white->draws[8 + epoch] == Random(7, Purpose::augment, epoch, 1).bits());
}

TEST_CASE("a sheet has names of any length, large images, and images without labels") {
  datasets::Dataset all = images(30, 1);
  for (int i = 0; i < 60; ++i) all.class_names[0] += "ä";
  CHECK(count(sample_sheet(all, {0}), "ä…<") == 1);

  datasets::Dataset large{.count = 1, .rows = 1, .columns = 4096, .class_names = {"a"}};
  large.pixels.resize(4096, 100);
  large.labels = {0};
  CHECK(sample_sheet(large, {0}).svg.size() < 10'000);

  all.labels.clear();
  all.class_names.clear();
  const Picture unlabelled = sample_sheet(all, datasets::all_positions(all));
  CHECK(count(unlabelled, "<image ") == 30);
  CHECK(count(unlabelled, ">Samples<") == 1);
}

TEST_CASE("a sheet takes the augmentation of a run") {
  const Catalogue catalogue = built_in();
  const auto run = [&](const std::string& name) {
    return RunOptions(catalogue, {{"augment", {.text = name, .where = ""}},
                                  {"seed", {.text = "5", .where = ""}}});
  };
  CHECK(augmentation_of(run("none")).augment == nullptr);
  CHECK(augmentation_of(run("affine")).augment != nullptr);
  CHECK(augmentation_of(run("affine")).seed == 5);
}
