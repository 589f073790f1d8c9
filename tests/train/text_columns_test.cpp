#include "scanline/train/detail/text_columns.hpp"

#include <sstream>

#include "tests/catch.hpp"

using namespace scanline::train;

TEST_CASE("texts are cut between characters") {
  CHECK(character_count("aäあ") == 3);
  CHECK(shortened("aäあ", 3) == "aäあ");
  CHECK(shortened("aäあb", 3) == "aä…");
}

TEST_CASE("a table has columns as wide as their cells") {
  CHECK(format_table({"class", "train"}, {{"zero", "5"}, {"eleven", "12"}}) ==
        "class   train\n"
        "zero        5\n"
        "eleven     12\n");
  CHECK(format_table({"class"}, {}) == "class\n");
}

TEST_CASE("a long table stands in blocks side by side") {
  std::vector<std::vector<std::string>> rows;
  for (int i = 0; i < 100; ++i) rows.push_back({std::to_string(i), std::to_string(10 * i)});
  std::istringstream text(format_table({"class", "train"}, rows));
  std::vector<std::string> lines;
  for (std::string line; std::getline(text, line);) {
    CHECK(line.size() <= 80);
    lines.push_back(line);
  }
  REQUIRE(lines.size() == 26);
  CHECK(lines[0] == "class  train      class  train      class  train      class  train");
  CHECK(lines[1] == "0          0      25       250      50       500      75       750");
  CHECK(lines[25] == "24       240      49       490      74       740      99       990");
  for (std::vector<std::string>& row : rows) row[0].resize(70, 'x');
  const std::string wide = format_table({"class", "train"}, rows);
  CHECK(std::count(wide.begin(), wide.end(), '\n') == 101);
}
