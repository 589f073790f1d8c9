#include "scanline/datasets/detail/zip_member.hpp"

#include <fstream>

#include "scanline/framework/core/error.hpp"
#include "tests/catch.hpp"
#include "tests/datasets/npz_files.hpp"
#include "tests/temporary_directory.hpp"

using namespace scanline;
using datasets::ZipMember;

namespace {

/// An archive with a member of a megabyte.
struct Archive {
  test::TemporaryDirectory directory = {};
  std::filesystem::path path = directory.path() / "file.zip";
  std::string content = std::string(1'000'000, 'a') + "b";

  /// Writes these bytes in the place of those at a position behind a mark.
  void patch(const std::string& mark, std::size_t behind, const std::string& bytes) const {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    const std::string all{std::istreambuf_iterator<char>(file), {}};
    file.clear();
    file.seekp(static_cast<std::streamoff>(all.rfind(mark) + behind));
    file << bytes;
  }
  /// What reading the member is refused with.
  std::string refusal(const std::string& name = "a.npy") const {
    std::vector<std::uint8_t> bytes(content.size() + 10);
    try {
      ZipMember(path, name).read(bytes);
    } catch (const Error& error) {
      const std::string text = error.what();
      return text.substr(text.find(": expected"));
    }
    return {};
  }
};

const std::string central = "PK\x01\x02";  // begins the description of a member

}  // namespace

TEST_CASE("members of a ZIP archive are read, stored or deflated") {
  const Archive archive;
  for (const int level : {0, 9}) {
    test::write_zip(archive.path, {{"other", "x"}, {"a.npy", archive.content}}, level);
    CHECK(datasets::list_zip(archive.path) == std::vector<std::string>{"other", "a.npy"});
    ZipMember member(archive.path, "a.npy");
    std::vector<std::uint8_t> bytes(archive.content.size() + 10);
    REQUIRE(member.read(bytes) == archive.content.size());
    CHECK(std::equal(archive.content.begin(), archive.content.end(), bytes.begin()));
    CHECK(member.read(bytes) == 0);
  }
}

TEST_CASE("archives that are damaged or lie are refused") {
  const Archive archive;
  test::write_zip(archive.path, {{"a.npy", archive.content}});
  CHECK(archive.refusal("b.npy") == ": expected a member b.npy, found none");
  SECTION("a size that deflate cannot reach") {
    archive.patch(central, 24, std::string("\xff\xff\xff\x7f", 4));
    CHECK_THAT(archive.refusal(),
               ContainsSubstring("as many bytes as the archive can hold, found 2147483647 in"));
  }
  SECTION("more compressed bytes than the file has") {
    archive.patch(central, 20, std::string("\xff\xff\xff\x7f", 4));
    CHECK_THAT(archive.refusal(), ContainsSubstring("as many bytes as the archive can hold"));
  }
  SECTION("a method that is not deflate") {
    archive.patch(central, 10, std::string("\x0c\x00", 2));
    CHECK_THAT(archive.refusal(), ContainsSubstring("found compression method 12"));
  }
  SECTION("encryption") {
    archive.patch(central, 8, std::string("\x01\x00", 2));
    CHECK_THAT(archive.refusal(), ContainsSubstring("found an encrypted one"));
  }
  SECTION("a damaged byte") {
    archive.patch(central, 16, "abcd");  // the checksum
    CHECK_FALSE(archive.refusal().empty());
  }
  SECTION("a file that is cut") {
    std::filesystem::resize_file(archive.path, 100);
    CHECK_THROWS_WITH(datasets::list_zip(archive.path),
                      ContainsSubstring("a ZIP archive such as an NPZ file, found another"));
  }
}
