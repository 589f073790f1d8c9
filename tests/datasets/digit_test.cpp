#include "scanline/datasets/digit.hpp"

#include <cmath>
#include <string>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/random.hpp"
#include "tests/catch.hpp"
#include "tests/datasets/pictures.hpp"
#include "tests/temporary_directory.hpp"

using namespace scanline;
using datasets::prepare_digit;
using datasets::read_colour_image;
using test::inverted;
using test::on_sheet;
using test::Picture;
using test::plain;
using test::two;

namespace {

/// What becomes of a picture that is written into a file of that type.
std::vector<std::uint8_t> read_back(const Picture& picture, const std::string& type = ".png") {
  const test::TemporaryDirectory directory;
  write_picture(directory.path() / ("digit" + type), picture);
  return prepare_digit(read_colour_image(directory.path() / ("digit" + type)), "digit").pixels;
}

/// The mean difference from the digit that all these pictures show, in grey levels.
double difference(const std::vector<std::uint8_t>& pixels) {
  const std::vector<std::uint8_t> expected = two().values;
  double sum = 0;
  REQUIRE(pixels.size() == expected.size());
  for (std::size_t i = 0; i < pixels.size(); ++i) sum += std::abs(pixels[i] - expected[i]);
  return sum / static_cast<double>(pixels.size());
}

/// The same picture with other channels; `alpha` gives the opacity of a grey level.
template <typename Alpha>
Picture with_channels(const Picture& grey, int channels, const Alpha& alpha) {
  Picture result{grey.width, grey.height, channels, {}};
  for (const std::uint8_t value : grey.values)
    for (int c = 0; c < channels; ++c)
      result.values.push_back(channels % 2 == 0 && c == channels - 1 ? alpha(value) : value);
  return result;
}

}  // namespace

TEST_CASE("a digit as MNIST has them keeps its pixels, in every format") {
  const auto opaque = [](std::uint8_t) { return std::uint8_t{255}; };
  for (const std::string type : {".png", ".bmp", ".pgm"})
    CHECK(read_back(two(), type) == two().values);
  for (const int channels : {1, 2, 3, 4})
    CHECK(read_back(with_channels(two(), channels, opaque)) == two().values);
  CHECK(difference(read_back(two(), ".jpg")) < 3);
}

TEST_CASE("where a digit is and what it is written on does not matter") {
  CHECK(read_back(inverted(two())) == two().values);
  CHECK(read_back(on_sheet(two(), 1, 50, 0, 90, 40)) == two().values);
  CHECK(read_back(inverted(on_sheet(two(), 1, -5, 13, 33, 41))) == two().values);
  Picture faint = two();  // dark grey on light grey
  for (std::uint8_t& value : faint.values) value = static_cast<std::uint8_t>(190 - value / 4);
  CHECK(difference(read_back(faint)) < 3);
}

TEST_CASE("a large digit is made small") {
  for (const int scale : {2, 5, 21}) {
    const Picture large = on_sheet(two(), scale, 7 * scale, 2, 40 * scale, 30 * scale);
    CHECK(difference(read_back(large)) < 6);
    CHECK(difference(read_back(inverted(large))) < 6);
  }
}

TEST_CASE("a small digit is made large") {
  Picture half = plain(14, 14, 0);
  for (std::size_t y = 0; y < 14; ++y)
    for (std::size_t x = 0; x < 14; ++x) {
      int sum = 0;
      for (const std::size_t dy : {0u, 1u})
        for (const std::size_t dx : {0u, 1u}) sum += two().values[(2 * y + dy) * 28 + 2 * x + dx];
      half.values[y * 14 + x] = static_cast<std::uint8_t>(sum / 4);
    }
  // A digit of 10 pixels is known to the pixel, which becomes two.
  CHECK(difference(read_back(half)) < 22);
}

TEST_CASE("ink on nothing is ink") {
  const auto ink_alone = [](std::uint8_t value) { return value; };
  const Picture white = with_channels(two(), 4, ink_alone);
  // Where it is transparent, a picture may have any colour.
  Picture black = white;
  for (std::size_t i = 0; i < black.values.size(); ++i)
    if (i % 4 != 3) black.values[i] = 0;
  // White ink of half the opacity that it had is half as light.
  CHECK(difference(read_back(white)) < 6);
  CHECK(difference(read_back(black)) < 1);
}

TEST_CASE("noise is no ink") {
  Picture noisy = on_sheet(two(), 4, 60, 20, 200, 160);
  Random random(3, Purpose::augment);
  for (std::uint8_t& value : noisy.values)
    value = static_cast<std::uint8_t>(20 + value * 0.85 + static_cast<double>(random.below(12)));
  for (const std::size_t speck : {5u, 3000u, 31150u}) noisy.values[speck] = 255;
  CHECK(difference(read_back(noisy)) < 6);
}

TEST_CASE("thin and tall ink fits") {
  for (const auto& [width, height] : {std::pair{2, 300}, {300, 2}}) {
    Picture sheet = plain(340, 340, 255);
    for (int y = 0; y < height; ++y)
      for (int x = 0; x < width; ++x)
        sheet.values[static_cast<std::size_t>((y + 20) * 340 + x + 20)] = 0;
    const std::vector<std::uint8_t> pixels = read_back(sheet);
    std::size_t first = 0, last = 0, count = 0;
    for (std::size_t i = 0; i < pixels.size(); ++i)
      if (pixels[i] > 127) {
        if (count++ == 0) first = i;
        last = i;
      }
    REQUIRE(count > 0);
    const std::size_t extent = height > width ? last / 28 - first / 28 : last % 28 - first % 28;
    CHECK(extent >= 17);
    CHECK(extent <= 20);
  }
}

TEST_CASE("a picture without a digit is refused") {
  const auto prepare = [](const Picture& picture) {
    prepare_digit({{{picture.height, picture.width, picture.values}}}, "seven");
  };
  const std::string expected = "seven: expected a digit, found an empty picture";
  CHECK_THROWS_WITH(prepare(plain(100, 100, 255)), expected);
  CHECK_THROWS_WITH(prepare(plain(1, 1, 0)), expected);
  CHECK_THROWS_WITH(prepare(plain(0, 0, 0)), expected);
  // Noise of a camera that sees nothing does not become a digit.
  Picture dark = plain(28, 28, 0);
  Random random(3, Purpose::augment);
  for (std::uint8_t& value : dark.values) value = static_cast<std::uint8_t>(random.below(15));
  CHECK_THROWS_WITH(prepare(dark), expected);
}
