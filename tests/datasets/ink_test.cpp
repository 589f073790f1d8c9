#include "scanline/datasets/ink.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>

#include "scanline/datasets/digit.hpp"
#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/random.hpp"
#include "tests/catch.hpp"
#include "tests/datasets/pictures.hpp"

using namespace scanline;
using namespace scanline::datasets;
using test::on_sheet;
using test::Picture;
using test::two;

namespace {

constexpr int side = 280;

/// How much ink a picture has at a place, from 0 to 1.
using Drawing = Picture;

/// A two of 140 pixels on a sheet of 280.
Drawing drawing() { return on_sheet(two(), 7, 42, 42, side, side); }

/// A picture in which `colour(row, column, ink)` is the level of a pixel, with ink from 0 to 1.
Image picture(const Drawing& ink, const std::function<double(int, int, double)>& level) {
  Image image{ink.height, ink.width, {}};
  for (int r = 0; r < ink.height; ++r)
    for (int c = 0; c < ink.width; ++c) {
      const double share = ink.values[static_cast<std::size_t>(r * ink.width + c)] / 255.0;
      image.pixels.push_back(
          static_cast<std::uint8_t>(std::lround(std::clamp(level(r, c, share), 0.0, 255.0))));
    }
  return image;
}

/// Dark ink on paper of that level.
double on_paper(double paper, double ink) { return paper + (20 - paper) * ink; }

/// The mean difference, in grey levels, between the one digit that is found and the two.
double difference(const ColourImage& image) {
  const Ink ink = find_ink(image, "p");
  REQUIRE(ink.lines.size() == 1);
  REQUIRE(ink.lines.front().digits.size() == 1);
  const Image found = digit_image(ink.lines.front().digits.front());
  double sum = 0;
  for (std::size_t i = 0; i < found.pixels.size(); ++i)
    sum += std::abs(found.pixels[i] - two().values[i]);
  return sum / static_cast<double>(found.pixels.size());
}

double difference(const std::function<double(int, int, double)>& level) {
  return difference(ColourImage{{picture(drawing(), level)}});
}

constexpr double near = 13;

}  // namespace

TEST_CASE("light that changes across a picture does not hide a digit") {
  CHECK(difference([](int, int c, double ink) { return on_paper(250 - c * 0.75, ink); }) < near);
  CHECK(difference([](int r, int c, double ink) {
          return on_paper(250, ink) * (1 - 0.6 * std::hypot(r - 140, c - 140) / 200);
        }) < near);
}

TEST_CASE("a shadow with a hard edge does not hide a digit") {
  for (const double light : {0.8, 0.5, 0.3}) {
    CHECK(difference([&](int, int c, double ink) {
            return on_paper(250, ink) * (c < 130 ? light : 1);
          }) < near);
    CHECK(difference([&](int r, int c, double ink) {
            return on_paper(250, ink) * (r > 150 && c > 120 ? light : 1);
          }) < near);
    CHECK(difference([&](int r, int c, double ink) {
            return on_paper(250, ink) * (r + c < 200 ? light : 1);
          }) < near);
  }
}

TEST_CASE("light ink on dark paper is found too") {
  CHECK(difference([](int, int c, double ink) { return 20 + (0.3 + c / 400.0) * 230 * ink; }) <
        near);
}

TEST_CASE("lines of paper are no ink") {
  CHECK(difference([](int r, int, double ink) { return on_paper(r % 40 < 2 ? 80 : 250, ink); }) <
        near);
  CHECK(difference([](int r, int c, double ink) {
          return on_paper(r % 28 == 5 || c % 28 == 3 ? 120 : 250, ink);
        }) < near);
  CHECK(difference([](int r, int c, double ink) {  // slanted
          return on_paper((r + c / 16) % 40 < 2 ? 100 : 250, ink);
        }) < near);
}

TEST_CASE("a stroke through the whole picture is ink if there is nothing else") {
  const Image stroke = picture(test::plain(100, 100, 0),
                               [](int, int c, double) { return c >= 50 && c < 52 ? 20 : 250; });
  CHECK(find_ink({{stroke}}, "p").lines.front().digits.front().box.height() == 100);
}

TEST_CASE("frames, edges, holes and specks are no ink") {
  CHECK(difference([](int r, int c, double ink) {
          return std::min({r, c, side - 1 - r, side - 1 - c}) < 6 ? 10 : on_paper(250, ink);
        }) < near);
  CHECK(difference([](int, int c, double ink) { return c < 20 ? 30 : on_paper(250, ink); }) < near);
  CHECK(difference([](int r, int c, double ink) {
          return std::hypot(r - 60, c - 20) < 12 || std::hypot(r - 220, c - 20) < 12
                     ? 20
                     : on_paper(250, ink);
        }) < near);
  CHECK(difference([](int r, int c, double ink) {
          return r % 90 < 4 && c % 70 < 4 ? 20 : on_paper(250, ink);
        }) < near);
}

TEST_CASE("a solid shape is the digit of a picture that has room for nothing else") {
  const auto shape = [](Index size, Index from, Index to) {
    Image image{size, size, {}};
    for (Index p = 0; p < size * size; ++p) {
      const Index row = p / size, column = p % size;
      image.pixels.push_back(std::min(row, column) >= from && std::max(row, column) < to ? 255 : 0);
    }
    return ColourImage{{image}};
  };
  CHECK(find_ink(shape(28, 7, 21), "p").lines.size() == 1);
  CHECK_THROWS_WITH(find_ink(shape(280, 70, 210), "p"),
                    ContainsSubstring("found an empty picture"));
}

TEST_CASE("noise of all kinds does not hide a digit") {
  Random random(3, Purpose::augment);
  CHECK(difference([&](int, int, double ink) {  // salt and pepper
          const auto number = random.below(100);
          return number < 2 ? 0 : number < 4 ? 255 : on_paper(250, ink);
        }) < near);
  CHECK(difference([&](int, int, double ink) {
          return on_paper(220, ink) + static_cast<double>(random.below(100)) - 50;
        }) < 12);
}

TEST_CASE("ink has any colour that is not the paper's") {
  // Red on green of the same brightness.
  const auto channel = [](double paper, double ink) {
    return picture(drawing(),
                   [=](int, int, double share) { return paper + (ink - paper) * share; });
  };
  CHECK(difference(ColourImage{{channel(20, 220), channel(140, 30), channel(60, 30)}}) < 12);
  CHECK(difference(ColourImage{{channel(90, 170), channel(160, 100), channel(80, 190)}}) < 12);
}

TEST_CASE("a small digit on a large page is looked at closely") {
  const Drawing page = on_sheet(two(), 1, 1500, 700, 3000, 2000);
  const Ink ink =
      find_ink({{picture(page, [](int, int, double share) { return on_paper(250, share); })}}, "p");
  REQUIRE(ink.lines.size() == 1);
  const FoundDigit& digit = ink.lines.front().digits.front();
  CHECK(digit.box.left == Approx(1507).margin(3));
  CHECK(digit.box.bottom == Approx(724).margin(3));
  CHECK(digit.ink.rows > 20);  // as in the page, and not as in an overview of it
  CHECK(digit.ink.rows < 40);
}

TEST_CASE("a mark in a strip that is nearly a line is looked at closely") {
  Image strip{2, 1366, std::vector<std::uint8_t>(2 * 1366, 255)};
  for (const Index row : {0, 1})
    std::fill_n(strip.pixels.begin() + row * 1366 + 1300, 6, std::uint8_t{0});
  try {  // whether it is a digit does not matter
    CHECK(find_ink({{strip}}, "p").lines.front().box.left == Approx(1300).margin(4));
  } catch (const Error& error) {
    CHECK_THAT(error.what(), ContainsSubstring("found an empty picture"));
  }
}

TEST_CASE("a picture of thousands of marks is refused") {
  Image dots{600, 600, std::vector<std::uint8_t>(600 * 600, 255)};
  for (Index row = 4; row + 4 < 600; row += 8)
    for (Index column = 4; column + 4 < 600; column += 8)
      for (Index p = 0; p < 9; ++p)
        dots.pixels[static_cast<std::size_t>((row + p / 3) * 600 + column + p % 3)] = 0;
  CHECK_THROWS_WITH(find_ink({{dots}}, "p"),
                    Matches("p: expected at most 2000 digits, found [0-9]+ marks"));
}

TEST_CASE("digits are found in lines, from left to right") {
  Drawing page = test::plain(400, 300, 0);
  const auto add = [&](int left, int top) {
    const Drawing digit = on_sheet(two(), 2, left, top, 400, 300);
    for (std::size_t i = 0; i < page.values.size(); ++i)
      page.values[i] = std::max(page.values[i], digit.values[i]);
  };
  // Two lines, the upper one of which goes up.
  for (const auto& [left, top] :
       {std::pair{300, 20}, {20, 60}, {120, 46}, {210, 33}, {40, 200}, {100, 200}})
    add(left, top);
  const Ink ink =
      find_ink({{picture(page, [](int, int, double share) { return on_paper(240, share); })}}, "p");
  REQUIRE(ink.lines.size() == 2);
  CHECK(ink.lines[0].digits.size() == 4);
  CHECK(ink.lines[1].digits.size() == 2);
  CHECK(ink.lines[0].slope == Approx(-0.143).margin(0.01));
  for (const FoundLine& line : ink.lines)
    for (std::size_t i = 1; i < line.digits.size(); ++i)
      CHECK(line.digits[i - 1].box.right < line.digits[i].box.left);
  CHECK(ink.lines[0].digits[0].box.left == Approx(34).margin(2));

  // The line becomes level, and its digits as tall as MNIST's.
  const Image line = line_image(ink.lines[0]);
  CHECK(line.rows == 28);
  CHECK(line.columns > 160);
  Index first = line.rows, last = 0;
  for (Index r = 0; r < line.rows; ++r)
    for (Index c = 0; c < line.columns; ++c)
      if (line.pixels[static_cast<std::size_t>(r * line.columns + c)] > 127) {
        first = std::min(first, r);
        last = std::max(last, r);
      }
  CHECK(last - first < 22);
  CHECK(last - first > 16);
}

TEST_CASE("the corner that a shadow cuts off is no digit beside others") {
  Drawing page = test::plain(500, 420, 0);
  for (const int left : {100, 200, 300}) {
    const Drawing digit = on_sheet(two(), 4, left, 150, 500, 420);
    for (std::size_t i = 0; i < page.values.size(); ++i)
      page.values[i] = std::max(page.values[i], digit.values[i]);
  }
  const Image image = picture(page, [](int r, int c, double share) {
    return on_paper(c + 0.4 * r < 305 ? 225 : 112, share);
  });
  const Ink ink = find_ink({{image}}, "p");
  REQUIRE(ink.lines.size() == 1);
  CHECK(ink.lines[0].digits.size() == 3);
}

TEST_CASE("a picture without ink is refused") {
  const auto find = [](const std::function<double(int, int, double)>& level) {
    find_ink({{picture(test::plain(200, 200, 0), level)}}, "p");
  };
  const std::string expected = "p: expected a digit, found an empty picture";
  CHECK_THROWS_WITH(find([](int, int, double) { return 250; }), expected);
  CHECK_THROWS_WITH(find([](int, int c, double) { return 250 - 0.3 * c; }), expected);
  Random random(3, Purpose::augment);
  CHECK_THROWS_WITH(
      find([&](int, int, double) { return 200 + static_cast<double>(random.below(30)); }),
      expected);
  CHECK_THROWS_WITH(find([](int r, int c, double) { return r % 30 < 2 || c % 30 < 2 ? 90 : 250; }),
                    expected);
  CHECK_THROWS_WITH(find([](int r, int c, double) {
                      return std::min({r, c, 199 - r, 199 - c}) < 12 ? 0 : 250;
                    }),
                    expected);
  CHECK_THROWS_WITH(find_ink({{Image{}}}, "p"), expected);
}
