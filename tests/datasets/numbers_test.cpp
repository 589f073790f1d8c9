#include "scanline/datasets/numbers.hpp"

#include "scanline/framework/core/error.hpp"
#include "tests/catch.hpp"
#include "tests/temporary_directory.hpp"
#include "tests/train/tiny_dataset.hpp"

using namespace scanline;
using datasets::Numbers;
using datasets::Part;

TEST_CASE("numbers are the images of the dataset in the directory, with a style of lines") {
  const test::TemporaryDirectory directory;
  test::write_tiny_mnist(directory.path(), 20, 10);
  const datasets::Request request{.directory = directory.path()};
  const Numbers numbers(request, {.digits = "2..3", .spacing = "5"});
  CHECK(numbers.has(Part::test));
  CHECK_FALSE(numbers.has(Part::validation));
  CHECK(numbers.directory() == directory.path());
  const datasets::Dataset training = datasets::load(numbers, Part::train, request);
  CHECK(training.name == "numbers");
  CHECK(training.count == 20);
  CHECK(training.rows == 28);
  CHECK(training.class_names.size() == 10);
  CHECK(training.lines == datasets::LineStyle{.digits = {2, 3}, .spacing = {5, 5}});
  CHECK(datasets::subset(training, {0, 3}).lines == training.lines);
  const datasets::Request small{.directory = directory.path(),
                                .image_size = datasets::ImageSize{14, 14}};
  CHECK(datasets::load(Numbers(small, {}), Part::test, small).rows == 14);
}

TEST_CASE("numbers need a dataset of a known format") {
  const test::TemporaryDirectory directory;
  CHECK_THROWS_AS(Numbers({.directory = directory.path()}, {}), Error);
  CHECK_THROWS_AS(Numbers({}, {.digits = "0..3"}), Error);
  CHECK_THROWS_AS(Numbers({}, {.spacing = "-40"}), Error);
}
