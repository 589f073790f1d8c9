#include "scanline/datasets/source.hpp"

#include "scanline/framework/core/error.hpp"
#include "tests/catch.hpp"
#include "tests/datasets/numbered_images.hpp"

using namespace scanline;
using datasets::Dataset;
using datasets::Part;

namespace {

struct Given : datasets::Source {
  explicit Given(Dataset dataset) : dataset_(std::move(dataset)) { dataset_.name = "given"; }
  std::filesystem::path directory() const override { return "here"; }

 private:
  Dataset read(Part) const override { return dataset_; }
  Dataset dataset_;
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
