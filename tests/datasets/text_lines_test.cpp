#include "scanline/datasets/detail/text_lines.hpp"

#include <fstream>

#include "scanline/framework/core/error.hpp"
#include "tests/catch.hpp"
#include "tests/temporary_directory.hpp"

using namespace scanline;
using datasets::TextLines;
namespace fs = std::filesystem;

namespace {

std::vector<std::string> lines_of(const std::string& bytes) {
  const test::TemporaryDirectory directory;
  const fs::path file = directory.path() / "text";
  std::ofstream(file, std::ios::binary) << bytes;
  TextLines lines(file, "a text");
  std::vector<std::string> result;
  for (std::string line; lines.next(line);) result.push_back(line);
  return result;
}

}  // namespace

TEST_CASE("a text file is read line by line") {
  using Lines = std::vector<std::string>;
  CHECK(lines_of("").empty());
  CHECK(lines_of("a") == Lines{"a"});
  CHECK(lines_of("a\n") == Lines{"a"});
  CHECK(lines_of("\xef\xbb\xbf"
                 "a\r\n\r\n\xef\xbb\xbf"
                 "b\rc\r") == Lines{"a", "",
                                    "\xef\xbb\xbf"
                                    "b\rc"});
  CHECK(lines_of("\n\n") == Lines{"", ""});
  // Around the size of the buffer.
  for (const std::size_t length : {65'534UL, 65'535UL, 65'536UL, 65'537UL, 200'000UL}) {
    const std::string line(length, 'x');
    CHECK(lines_of(line + "\n" + line + "\r\nb") == Lines{line, line, "b"});
  }
}

TEST_CASE("a line has at most 16 MB, and errors name it") {
  const std::string longest(16'000'000, 'x');
  CHECK(lines_of("\n" + longest + "\n").size() == 2);
  CHECK_THROWS_WITH(lines_of("\nx" + longest),
                    ContainsSubstring("text: line 2: expected at most 16000000 bytes, found more"));
  const test::TemporaryDirectory directory;
  const fs::path file = directory.path() / "\x1b";
  std::ofstream(file, std::ios::binary) << "a";
  const TextLines lines(file, "a text");
  CHECK_THROWS_WITH(lines.fail(3, "b", "\n"),
                    ContainsSubstring("\\x1b: line 0, column 3: expected b, found \\n"));
}
