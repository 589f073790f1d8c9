#include "scanline/train/text_table.hpp"

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
           .can_be_cut = true}};
}

}  // namespace

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
