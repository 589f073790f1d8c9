#include "scanline/framework/core/printable.hpp"

#include "tests/catch.hpp"

using scanline::printable;

TEST_CASE("text that is safe to print stays as it is") {
  CHECK(printable("") == "");
  CHECK(printable("runs/bilstm-1 \\ 'x'") == "runs/bilstm-1 \\ 'x'");
  CHECK(printable("Zürich, \u4e03, \U0001f600") == "Zürich, \u4e03, \U0001f600");
}

TEST_CASE("control characters become escapes") {
  CHECK(printable("\033[2J") == "\\x1b[2J");
  CHECK(printable("1\n2\t3\r") == "1\\n2\\t3\\r");
  CHECK(printable({"a\0b", 3}) == "a\\x00b");
  CHECK(printable("\x7f") == "\\x7f");
  // The C1 control character CSI begins a command to a terminal, as escape and bracket do.
  CHECK(printable("\u009b2J") == "\\xc2\\x9b2J");
  CHECK(printable("\u00a0") == "\u00a0");
}

TEST_CASE("bytes that are not UTF-8 become escapes") {
  CHECK(printable("\x9b"
                  "2J") == "\\x9b2J");
  CHECK(printable("\xc0\xaf") == "\\xc0\\xaf");           // an overlong form
  CHECK(printable("\xed\xa0\x80") == "\\xed\\xa0\\x80");  // a surrogate
  CHECK(printable("\xf4\x90\x80\x80") == "\\xf4\\x90\\x80\\x80");
  CHECK(printable("\xe4\xb8") == "\\xe4\\xb8");  // the end is missing
}

TEST_CASE("long text is cut between characters") {
  CHECK(printable("abcdef", 6) == "abcdef");
  CHECK(printable("abcdefg", 6) == "abcdef...");
  CHECK(printable("abcdeü", 6) == "abcde...");
  CHECK(printable("\u4e03\u4e03", 3) == "\u4e03...");
}
