#include "scanline/datasets/source.hpp"

#include "scanline/framework/core/error.hpp"
#include "tests/catch.hpp"
#include "tests/datasets/numbered_images.hpp"
#include "tests/datasets/pictures.hpp"

using namespace scanline;
using datasets::Dataset;
using datasets::Part;

namespace {

struct Given : datasets::Source {
  explicit Given(Dataset dataset, bool is_prepared = false)
      : dataset_(std::move(dataset)), is_prepared_(is_prepared) {
    dataset_.name = "given";
  }
  std::filesystem::path directory() const override { return "here"; }
  bool is_prepared() const override { return is_prepared_; }

 private:
  Dataset read(Part) const override { return dataset_; }
  Dataset dataset_;
  bool is_prepared_;
};

}  // namespace

TEST_CASE("what a source reads is checked") {
  Dataset images = test::numbered_images(4);
  CHECK(Given(images).load(Part::train).count == 4);
  SECTION("pixels") {
    images.pixels.pop_back();
    CHECK_THROWS_WITH(Given(images).load(Part::train),
                      "here: given: expected pixels of 4 images of 1x1, found 3");
    images.pixels.clear();
    images.count = 0;
    CHECK_THROWS_WITH(Given(images).load(Part::test),
                      "here: given: expected pixels of 0 images of 1x1, found 0");
  }
  SECTION("labels") {
    images.labels.pop_back();
    CHECK_THROWS_WITH(Given(images).load(Part::train),
                      "here: given: expected a label for each of 4 images, found 3");
    images.labels = {0, 1, 3, 2};
    CHECK_THROWS_WITH(Given(images).load(Part::train),
                      "here: given: expected labels below 3, the number of class names, found 3");
    images.labels.clear();
    CHECK(Given(images).load(Part::train).count == 4);
  }
}

TEST_CASE("a source has images for training and for the test unless it says otherwise") {
  const Given source(test::numbered_images(4));
  CHECK(source.has(Part::train));
  CHECK(source.has(Part::test));
  CHECK_FALSE(source.has(Part::validation));
}

TEST_CASE("images are prepared as they are loaded") {
  // Each image is a two that is a little aside, but for the second one, which is empty.
  Dataset images{.count = 3, .rows = 28, .columns = 28, .class_names = {"a", "b"}};
  images.labels = {0, 1, 1};
  const test::Picture two = test::two(), aside = on_sheet(two, 1, 2, 2, 28, 28);
  for (const bool is_empty : {false, true, false})
    for (const std::uint8_t pixel : aside.values)
      images.pixels.push_back(is_empty ? std::uint8_t{0} : pixel);

  datasets::Request request;
  CHECK(load(Given(images), Part::train, request).pixels == images.pixels);
  request.image_size = {14, 7};
  const Dataset small = load(Given(images), Part::train, request);
  CHECK(small.count == 3);
  CHECK(small.rows == 14);
  CHECK(small.columns == 7);
  CHECK(small.labels == images.labels);
  CHECK(small.class_names == images.class_names);

  request = {.preparation = datasets::PreparationKind::digit};
  CHECK(load(Given(images, /*is_prepared=*/true), Part::train, request).pixels == images.pixels);
  CHECK_THROWS_WITH(load(Given(images), Part::test, request),
                    "here: 1 of 3 pictures cannot be read; the first: image 2 of test: expected a "
                    "digit, found an empty picture; --skip-bad leaves them out");
  request.skip_bad = true;
  const Dataset prepared = load(Given(images), Part::train, request);
  CHECK(prepared.labels == std::vector<datasets::Label>{0, 1});
  CHECK(std::vector<std::uint8_t>(prepared.pixels.begin(), prepared.pixels.begin() + 784) ==
        two.values);
}
