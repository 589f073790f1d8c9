#include "scanline/datasets/preparation.hpp"

#include <cstdlib>
#include <string>
#include <vector>

#include "scanline/datasets/digit.hpp"
#include "scanline/framework/core/error.hpp"
#include "tests/catch.hpp"
#include "tests/datasets/pictures.hpp"

using namespace scanline;
using datasets::Image;
using datasets::ImageSize;
using datasets::parse_image_size;
using datasets::PreparationKind;
using datasets::prepare;

TEST_CASE("the size of an image is height and width, or one number for both") {
  CHECK(parse_image_size("28x20") == ImageSize{28, 20});
  CHECK(parse_image_size("16") == ImageSize{16, 16});
  for (const std::string text :
       {"", "x", "28x", "x28", "0x3", "28x4097", "3x4x5", "-3", "a", "1.5"})
    CHECK_THROWS_WITH(parse_image_size(text),
                      "expected HEIGHTxWIDTH with both from 1 to 4096, found '" + text + "'");
}

TEST_CASE("a preparation has a name") {
  for (const PreparationKind kind : {PreparationKind::none, PreparationKind::digit})
    CHECK(datasets::parse_preparation(to_string(kind)) == kind);
  CHECK_THROWS_WITH(datasets::parse_preparation("x"), "expected none or digit, found 'x'");
}

TEST_CASE("without a preparation pictures are only resized") {
  const Image picture{2, 4, {0, 40, 80, 120, 10, 50, 90, 130}};
  // A picture of the right size is not touched: neither inverted, nor cropped, nor stretched.
  CHECK(prepare(picture, {.size = {2, 4}}, "p").pixels == picture.pixels);
  CHECK(prepare(picture, {.size = {1, 2}}, "p").pixels == std::vector<std::uint8_t>{25, 105});
  // The aspect changes as with torchvision's Resize((4, 4)).
  const Image square = prepare(picture, {.size = {4, 4}}, "p");
  CHECK(square.rows == 4);
  CHECK(square.columns == 4);
  CHECK(std::vector<std::uint8_t>(square.pixels.begin(), square.pixels.begin() + 4) ==
        std::vector<std::uint8_t>{0, 40, 80, 120});
  // Edges keep their level when a picture is enlarged.
  const Image white{2, 2, {255, 255, 255, 255}};
  CHECK(prepare(white, {.size = {7, 5}}, "p").pixels == std::vector<std::uint8_t>(35, 255));
  CHECK_THROWS_WITH(prepare(Image{}, {}, "p"), "p: expected a picture, found an empty one");
}

TEST_CASE("a digit is prepared for images of any size") {
  const test::Picture sheet = inverted(on_sheet(test::two(), 3, 20, 30, 150, 120));
  const Image picture{sheet.height, sheet.width, sheet.values};
  const Image usual = prepare(picture, {.kind = PreparationKind::digit}, "p");
  CHECK(usual.pixels == datasets::prepare_digit({{picture}}, "p").pixels);
  for (const ImageSize size : {ImageSize{14, 14}, ImageSize{56, 56}, ImageSize{20, 40}}) {
    INFO(size.rows << "x" << size.columns);
    const Image image = prepare(picture, {PreparationKind::digit, size}, "p");
    REQUIRE(image.rows == size.rows);
    REQUIRE(image.columns == size.columns);
    // It shows what the usual image shows, as can be seen where both are small.
    const Image small = prepare(image, {.size = {14, 14}}, "p");
    const Image usual_small = prepare(usual, {.size = {14, 14}}, "p");
    double difference = 0;
    for (std::size_t i = 0; i < small.pixels.size(); ++i)
      difference += std::abs(small.pixels[i] - usual_small.pixels[i]);
    CHECK(difference / static_cast<double>(small.pixels.size()) < 8);
  }
  CHECK_THROWS_WITH(prepare(Image{2, 2, {0, 0, 0, 0}}, {.kind = PreparationKind::digit}, "p"),
                    "p: expected a digit, found an empty picture");
}
