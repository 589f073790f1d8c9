#include "scanline/train/text_table.hpp"

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

#include "tests/catch.hpp"

using namespace scanline::train;

namespace {

std::vector<Column> three() {
  return {{.title = "name", .cells = {"a", "bcd\n"}},
          {.title = "n", .cells = {"7", "10"}, .is_number = true, .importance = 2},
          {.title = "empty", .cells = {"", ""}},
          {.title = "notes",
           .cells = {"grün", "a note that is long"},
           .importance = 1,
           .shortest = 12}};
}

}  // namespace

TEST_CASE("texts are cut between characters") {
  CHECK(character_count("aäあ") == 3);
  CHECK(shortened("aäあ", 3) == "aäあ");
  CHECK(shortened("aäあb", 3) == "aä…");
}

TEST_CASE("a table aligns its columns and leaves out empty ones") {
  CHECK(to_text(three(), {}) ==
        "name    n  notes\n"
        "a       7  grün\n"
        "bcd\\n  10  a note that is long\n");
  CHECK(to_text({}, {}).empty());
}

TEST_CASE("a table that is too wide cuts long cells, and then leaves columns out") {
  CHECK(to_text(three(), 30) == to_text(three(), {}));
  CHECK(to_text(three(), 25) ==
        "name    n  notes\n"
        "a       7  grün\n"
        "bcd\\n  10  a note that...\n");
  CHECK(to_text(three(), 22) ==
        "name    n\n"
        "a       7\n"
        "bcd\\n  10\n");
  CHECK(to_text(three(), 8) ==
        "name\n"
        "a\n"
        "bcd\\n\n");
  CHECK(to_text(three(), 1) == to_text(three(), 8));
}

TEST_CASE("cells of CSV are quoted where they have to be") {
  CHECK(csv_line({"a", "b,c", "d\"e", "", "f\ng"}) == "a,\"b,c\",\"d\"\"e\",,\"f\ng\"\n");
}

TEST_CASE("a long table stands in blocks side by side") {
  std::vector<Column> columns{{.title = "class", .cells = {}},
                              {.title = "train", .cells = {}, .is_number = true}};
  for (int i = 0; i < 100; ++i) {
    columns[0].cells.push_back(i == 3 ? "größer" : std::to_string(i));
    columns[1].cells.push_back(std::to_string(10 * i));
  }
  std::istringstream text(to_text_in_blocks(columns));
  std::vector<std::string> lines;
  for (std::string line; std::getline(text, line);) {
    CHECK(character_count(line) <= 80);
    lines.push_back(line);
  }
  REQUIRE(lines.size() == 26);
  CHECK(lines[0] == "class   train      class   train      class   train      class   train");
  CHECK(lines[1] == "0           0      25        250      50        500      75        750");
  CHECK(lines[4] == "größer     30      28        280      53        530      78        780");
  CHECK(lines[25] == "24        240      49        490      74        740      99        990");
  columns[0].cells.pop_back();
  columns[1].cells.pop_back();
  CHECK(to_text_in_blocks(columns).ends_with(
      "24        240      49        490      74        740\n"));
  for (std::string& cell : columns[0].cells) cell.resize(70, 'x');
  CHECK(to_text_in_blocks(columns) == to_text(columns, {}));
  for (Column& column : columns) column.cells.resize(20);
  CHECK(to_text_in_blocks(columns) == to_text(columns, {}));
}
