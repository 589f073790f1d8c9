#include "scanline/datasets/line.hpp"

#include <algorithm>
#include <set>

#include "scanline/datasets/loader.hpp"
#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/parallel.hpp"
#include "tests/catch.hpp"

using namespace scanline;
using namespace scanline::datasets;

namespace {

/// Ten images of 28 x 28 pixels: number i has an upright bar 6 columns wide, and class i.
Dataset bars(const LineStyle& style) {
  Dataset images{.name = "bars", .count = 10, .rows = 28, .columns = 28, .lines = style};
  for (Index i = 0; i < 10; ++i) {
    images.class_names.push_back(std::to_string(i));
    images.labels.push_back(static_cast<Label>(i));
    for (Index row = 0; row < 28; ++row)
      for (Index column = 0; column < 28; ++column)
        images.pixels.push_back(row >= 4 && row < 24 && column >= 10 && column < 16
                                    ? static_cast<std::uint8_t>(255)
                                    : std::uint8_t{0});
  }
  return images;
}

/// Whether there is ink in each column of a line.
std::vector<bool> inked(const Line& line) {
  std::vector<bool> result(static_cast<std::size_t>(line.columns));
  for (Index row = 0; row < line.rows; ++row)
    for (Index column = 0; column < line.columns; ++column)
      if (line.pixels[static_cast<std::size_t>(row * line.columns + column)] >= 32)
        result[static_cast<std::size_t>(column)] = true;
  return result;
}

Line compose(const LineStyle& style, const std::vector<Index>& positions, std::uint32_t item) {
  Random random(3, Purpose::augment, 0, item);
  return compose_line(bars(style), positions, style, random);
}

struct Ones : Augmentation {
  void apply(Random&, const std::uint8_t*, Index rows, Index columns, float* to) const override {
    std::fill_n(to, rows * columns, 255.0F);
  }
};

/// All batches of an epoch.
std::vector<Batch> batches_of(const Loader& loader, Index epoch) {
  std::vector<Batch> result;
  for (const Batch& batch : loader.epoch(epoch)) result.push_back(batch);
  return result;
}

bool same(const Batch& a, const Batch& b) {
  if (a.images.shape() != b.images.shape() || a.widths != b.widths) return false;
  return std::equal(a.images.data<float>(), a.images.data<float>() + a.images.size(),
                    b.images.data<float>()) &&
         std::equal(a.labels.data<std::int64_t>(), a.labels.data<std::int64_t>() + a.labels.size(),
                    b.labels.data<std::int64_t>());
}

}  // namespace

TEST_CASE("a range is a number or two, within limits") {
  CHECK(parse_range("1..8", {1, 9}) == WholeRange{1, 8});
  CHECK(parse_range("5", {1, 9}) == WholeRange{5, 5});
  CHECK(parse_range("-4..-1", {-9, 9}) == WholeRange{-4, -1});
  for (const char* wrong : {"", "a", "3..", "..3", "4..3", "0..3", "3..10", "1...3", "1..2..3"})
    CHECK_THROWS_WITH(parse_range(wrong, {1, 9}),
                      "expected a number or a range such as 1..9, from 1 to 9, found '" +
                          std::string(wrong) + "'");
}

TEST_CASE("neighbours in a line are as far apart as the style says") {
  for (std::uint32_t item = 0; item < 20; ++item) {
    const Line line = compose({.digits = {3, 3}, .spacing = {7, 7}}, {4, 0, 4}, item);
    CHECK(line.rows == 28);
    CHECK(line.labels == std::vector<std::int64_t>{4, 0, 4});
    std::vector<Index> gaps;  // runs of columns without ink
    const std::vector<bool> ink = inked(line);
    for (std::size_t column = 0; column < ink.size(); ++column) {
      if (ink[column]) continue;
      if (column == 0 || ink[column - 1]) gaps.push_back(0);
      ++gaps.back();
    }
    REQUIRE(gaps.size() == 4);  // with the margins
    CHECK(gaps[1] == 7);
    CHECK(gaps[2] == 7);
    CHECK(std::min(gaps[0], gaps[3]) >= 2);
  }
}

TEST_CASE("neighbours overlap by half of the narrower one at most") {
  const auto ink = [](const Line& line) {
    const std::vector<bool> columns = inked(line);
    return std::count(columns.begin(), columns.end(), true);
  };
  for (std::uint32_t item = 0; item < 20; ++item) {
    const auto apart = ink(compose({.digits = {2, 2}, .spacing = {0, 0}}, {1, 2}, item));
    CHECK(ink(compose({.digits = {2, 2}, .spacing = {-2, -2}}, {1, 2}, item)) == apart - 2);
    const auto most = ink(compose({.digits = {2, 2}, .spacing = {-14, -14}}, {1, 2}, item));
    CHECK(most < apart - 2);
    CHECK(most >= 3 * apart / 4 - 1);
  }
}

TEST_CASE("an augmentation changes each character before the line is composed") {
  const LineStyle style{.digits = {2, 2}, .spacing = {0, 0}};
  Random random(3, Purpose::augment);
  const Ones all_ink;
  const std::vector<bool> ink =
      inked(compose_line(bars(style), std::vector<Index>{0, 1}, style, random, &all_ink));
  CHECK(std::count(ink.begin(), ink.end(), true) > 40);  // the images are 28 columns wide
}

TEST_CASE("an empty image takes its own place in a line") {
  Dataset images = bars({});
  std::fill(images.pixels.begin(), images.pixels.end(), std::uint8_t{0});
  Random random(3, Purpose::augment);
  const Line line = compose_line(images, std::vector<Index>{0, 1}, {.spacing = {2, 2}}, random);
  CHECK(line.columns >= 28 + 2 + 28);
}

TEST_CASE("the lines of an epoch use each image once, where they come out even") {
  std::vector<Index> positions;
  for (Index i = 100; i < 160; ++i) positions.push_back(i);
  const LineStyle fives{.digits = {5, 5}};
  CHECK(LineOrder::line_count(60, fives) == 12);
  CHECK(LineOrder::line_count(0, fives) == 0);
  CHECK(LineOrder::line_count(2, fives) == 1);
  const LineOrder order(positions, fives, 1, 0);
  std::set<Index> used;
  for (Index i = 0; i < 12; ++i) {
    CHECK(order.line(i).size() == 5);
    used.insert(order.line(i).begin(), order.line(i).end());
  }
  CHECK(used.size() == 60);

  const LineStyle mixed{.digits = {1, 4}};
  const LineOrder lines(positions, mixed, 1, 0);
  std::set<std::size_t> lengths;
  for (Index i = 0; i < LineOrder::line_count(60, mixed); ++i) lengths.insert(lines.line(i).size());
  CHECK(lengths == std::set<std::size_t>{1, 2, 3, 4});
}

TEST_CASE("batches of lines are padded, and know widths and labels") {
  const Dataset images = bars({.digits = {1, 3}, .spacing = {0, 8}});
  const Loader loader(
      images, all_positions(images),
      {.batch_size = 5, .normalization = {.mean = 0.5, .standard_deviation = 0.25}});
  CHECK(loader.has_lines());
  CHECK(loader.example_count() == 5);
  const Batch batch = batches_of(loader, 0).front();
  CHECK(batch.total == 5);
  REQUIRE(batch.widths.size() == 5);
  const Index widest = *std::max_element(batch.widths.begin(), batch.widths.end());
  CHECK(batch.images.shape() == Shape{5, 28, widest});
  REQUIRE(batch.labels.shape().rank() == 2);
  const Index longest = batch.labels.shape()[1];
  for (Index b = 0; b < 5; ++b) {
    const std::int64_t* labels = batch.labels.data<std::int64_t>() + b * longest;
    const auto end = std::find(labels, labels + longest, -1);
    CHECK(end > labels);
    CHECK(std::all_of(end, labels + longest, [](std::int64_t label) { return label == -1; }));
    const float* row = batch.images.data<float>() + (b * 28 + 14) * widest;
    CHECK(*std::max_element(row, row + widest) == Approx(2));  // ink: (1 - 0.5) / 0.25
    for (Index column = batch.widths[static_cast<std::size_t>(b)]; column < widest; ++column)
      CHECK(row[column] == -2);
  }
}

TEST_CASE("processes that divide batches of lines have the lines of whole ones") {
  const Dataset images = bars({.digits = {1, 3}, .spacing = {0, 8}});
  const auto loader = [&](const Division& division) {
    return Loader(images, all_positions(images),
                  {.batch_size = 4, .shuffle = true, .seed = 2, .division = division});
  };
  // Batches of 4 lines and of one, which is not divided.
  const std::vector<Batch> whole = batches_of(loader({}), 3);
  REQUIRE(whole.size() == 2);
  double share = 0;
  bool is_narrower = false;
  for (const auto& [begin, end] : std::vector<std::pair<Index, Index>>{{0, 1}, {1, 2}, {2, 3}}) {
    const std::vector<Batch> own = batches_of(loader({3, begin, end}), 3);
    for (std::size_t i = 0; i < whole.size(); ++i) {
      const Index count = own[i].images.shape()[0];
      const Batch rows = whole[i].rows(own[i].first, own[i].first + count);
      CHECK(own[i].total == whole[i].total);
      CHECK(own[i].widths == rows.widths);
      REQUIRE(own[i].images.shape() == rows.images.shape());
      CHECK(std::equal(own[i].images.data<float>(),
                       own[i].images.data<float>() + own[i].images.size(),
                       rows.images.data<float>()));
      const Index longest = own[i].labels.shape()[1];
      for (Index b = 0; b < count; ++b) {
        const std::int64_t* labels = own[i].labels.data<std::int64_t>() + b * longest;
        CHECK(std::equal(labels, labels + longest,
                         rows.labels.data<std::int64_t>() + b * rows.labels.shape()[1]));
      }
      share += own[i].share;
      if (i == 1) CHECK(count == 1);
      is_narrower |= rows.images.shape()[2] < whole[i].images.shape()[2];
    }
  }
  CHECK(share == Approx(2));
  CHECK(is_narrower);
}

TEST_CASE("rows of a batch of lines have the pixels and labels of the lines") {
  const Dataset images = bars({.digits = {1, 3}, .spacing = {0, 8}});
  const Batch batch = batches_of(Loader(images, all_positions(images), {.batch_size = 5}), 0)[0];
  const auto widest = std::max_element(batch.widths.begin(), batch.widths.end());
  const Index other = widest == batch.widths.begin() ? 1 : 0;
  const Batch rows = batch.rows(other, other + 1);
  const Index width = batch.widths[static_cast<std::size_t>(other)];
  REQUIRE(rows.images.shape() == Shape{1, 28, width});
  CHECK(rows.widths == std::vector<Index>{width});
  CHECK(rows.first == other);
  CHECK(rows.total == 5);
  CHECK(rows.share == Approx(0.2));
  CHECK(rows.labels.shape() == batch.labels.shape().with(0, 1));
  for (Index row = 0; row < 28; ++row)
    for (Index column = 0; column < width; ++column)
      CHECK(rows.images.data<float>()[row * width + column] ==
            batch.images.data<float>()[(other * 28 + row) * *widest + column]);
}

TEST_CASE("lines differ from epoch to epoch where images are shuffled, on any number of threads") {
  const Dataset images = bars({.digits = {1, 3}});
  const auto augment =
      std::shared_ptr<const Augmentation>(built_in_augmentations().choose("elastic")->make());
  const Loader shuffled(images, all_positions(images),
                        {.batch_size = 3, .shuffle = true, .seed = 4, .augment = augment});
  const Loader fixed(images, all_positions(images), {.batch_size = 3});
  const std::vector<Batch> first = batches_of(shuffled, 1);
  CHECK(first.size() == 2);
  CHECK_FALSE(same(first[0], batches_of(shuffled, 2)[0]));
  CHECK(same(first[1], batches_of(shuffled, 1)[1]));
  const Batch again = batches_of(fixed, 0)[0], later = batches_of(fixed, 1)[0];
  CHECK(std::equal(again.labels.data<std::int64_t>(),
                   again.labels.data<std::int64_t>() + again.labels.size(),
                   later.labels.data<std::int64_t>()));
  const int before = thread_count();
  for (const int threads : {1, 3}) {
    set_thread_count(threads);
    CHECK(same(first[0], batches_of(shuffled, 1)[0]));
  }
  set_thread_count(before);
}
