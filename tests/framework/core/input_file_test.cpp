#include "scanline/framework/core/input_file.hpp"

#include <sys/stat.h>

#include <array>
#include <fstream>

#include "scanline/framework/core/error.hpp"
#include "tests/catch.hpp"
#include "tests/temporary_directory.hpp"

using namespace scanline;
namespace fs = std::filesystem;

namespace {

/// What the error says after the name of the file.
std::string refusal(const fs::path& path) {
  try {
    const InputFile file(path, "a picture");
  } catch (const Error& error) {
    const std::string text = error.what(), start = path.string() + ": ";
    CHECK(text.starts_with(start));
    return text.substr(start.size());
  }
  return "no error";
}

}  // namespace

TEST_CASE("a file is read from its first byte to its last") {
  const test::TemporaryDirectory directory;
  const fs::path path = directory.path() / "digits";
  std::ofstream(path) << "0123456789";
  InputFile file(path, "digits");
  CHECK(file.size() == 10);
  std::array<char, 6> bytes{};
  CHECK(file.read(std::as_writable_bytes(std::span(bytes))) == 6);
  CHECK(bytes == std::array{'0', '1', '2', '3', '4', '5'});
  CHECK(file.read(std::as_writable_bytes(std::span(bytes))) == 4);
  CHECK(bytes == std::array{'6', '7', '8', '9', '4', '5'});
  CHECK(file.read(std::as_writable_bytes(std::span(bytes))) == 0);
  CHECK_THROWS_WITH(file.fail("11 digits", "10\n"),
                    path.string() + ": expected 11 digits, found 10\\n");
}

TEST_CASE("what is not a regular file, or cannot be found, is said in one line") {
  const test::TemporaryDirectory directory;
  const fs::path& here = directory.path();
  CHECK(refusal(here / "absent") == "expected a picture, found none: No such file or directory");
  std::ofstream(here / "file") << "text";
  CHECK(refusal(here / "file/in") == "expected a picture, found none: Not a directory");
  CHECK(refusal(here) == "expected a picture, found a directory");
  fs::create_symlink("loop", here / "loop");
  CHECK(refusal(here / "loop") ==
        "expected a picture, found a name that cannot be looked up: Too many levels of symbolic "
        "links");
  CHECK(refusal(here / std::string(300, 'x')) ==
        "expected a picture, found a name that cannot be looked up: File name too long");
  REQUIRE(mkfifo((here / "pipe").c_str(), 0600) == 0);
  for (const fs::path& special : {here / "pipe", fs::path("/dev/zero")})
    CHECK(refusal(special) == "expected a picture, found something that is not a regular file");
}
