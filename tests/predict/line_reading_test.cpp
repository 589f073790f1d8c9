#include "scanline/predict/line_reading.hpp"

#include <cmath>

#include "scanline/framework/ops/activation.hpp"
#include "tests/catch.hpp"
#include "tests/framework/core/arrays.hpp"

using namespace scanline;

TEST_CASE("the edit distance counts insertions, removals and replacements") {
  CHECK(edit_distance({}, {}) == 0);
  CHECK(edit_distance({1, 2, 3}, {1, 2, 3}) == 0);
  CHECK(edit_distance({1, 2, 3}, {}) == 3);
  CHECK(edit_distance({}, {4, 5}) == 2);
  CHECK(edit_distance({1, 2, 3}, {1, 3}) == 1);
  CHECK(edit_distance({1, 3}, {1, 2, 3}) == 1);
  CHECK(edit_distance({1, 2, 3}, {1, 4, 3}) == 1);
  CHECK(edit_distance({1, 2, 3, 4}, {2, 3, 4, 5}) == 2);
  CHECK(edit_distance({1, 1}, {1, 2, 1, 2}) == 2);
}

TEST_CASE("labels end where there is a -1") {
  const Array labels = test::indices({3, 1, -1, 2, 2, 0, -1, -1, -1}).reshape({3, 3});
  CHECK(label_counts(labels) == Lengths{2, 3, 0});
  CHECK(characters_of(labels, 0) == std::vector<Index>{3, 1});
  CHECK(characters_of(labels, 2).empty());
}

TEST_CASE("characters are decoded with their probabilities and columns") {
  // Two classes and the blank, four steps: 1, 1, blank, 0. The second line has two steps: blank, 1.
  const double no = -20;
  const std::vector<double> logits{no, 3,  0, no, no, 0,  //
                                   no, 2,  0, no, 5,  0,  //
                                   no, no, 0, 9,  9,  9,  //
                                   4,  no, 0, 9,  9,  9};
  const models::LineScores scores{Tensor(Array::from(logits, {4, 2, 3})), {4, 2}};
  const auto lines = decode_lines(scores, 3);
  REQUIRE(lines.size() == 2);
  CHECK(classes_of(lines[0]) == std::vector<Index>{1, 0});
  CHECK(classes_of(lines[1]) == std::vector<Index>{1});
  const auto probability = [](double logit) { return 1 / (1 + std::exp(-logit)); };
  const CharacterReading first = lines[0].characters[0], last = lines[0].characters[1];
  CHECK(first.begin == 0);
  CHECK(first.end == 6);
  CHECK(first.probability == Approx(probability(3)));
  CHECK(last.begin == 9);
  CHECK(last.end == 12);
  CHECK(last.probability == Approx(probability(4)));
  CHECK(lines[0].probability > probability(3) * probability(2) * probability(4) - 1e-6);
  CHECK(lines[0].probability < 1);
  CHECK(lines[1].probability == Approx(probability(5)));
}
