#include "scanline/datasets/folder.hpp"

#include <fstream>

#include "scanline/framework/core/error.hpp"
#include "tests/catch.hpp"
#include "tests/datasets/pictures.hpp"
#include "tests/temporary_directory.hpp"

using namespace scanline;
using datasets::Dataset;
using datasets::Folder;
using datasets::Label;
using datasets::Part;
using test::two;
namespace fs = std::filesystem;

namespace {

const std::vector<std::string> digits{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"};

/// Writes the same picture under several names.
void draw(const fs::path& folder, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    fs::create_directories((folder / name).parent_path());
    write_picture(folder / name, two());
  }
}

}  // namespace

TEST_CASE("a folder has its pictures sorted by class") {
  const test::TemporaryDirectory directory;
  const fs::path folder = directory.path();
  const auto load = [&](const fs::path& from) {
    return Folder({.directory = from, .class_names = digits}).load(Part::test);
  };
  CHECK_THROWS_WITH(load(folder), ContainsSubstring("found none"));

  draw(folder, {"9/b.png", "9/a.pgm", "3/x.png"});
  std::ofstream(folder / "9/.hidden") << "not looked at";
  const Dataset images = load(folder);
  CHECK(images.count == 3);
  CHECK(images.labels == std::vector<Label>{3, 9, 9});
  CHECK(images.class_names == digits);
  CHECK(images.pixels.size() == 3 * two().values.size());

  fs::create_directory(folder / "ten");
  CHECK_THROWS_WITH(load(folder), ContainsSubstring("named after the classes 0, 1,") &&
                                      ContainsSubstring("found ten"));
  fs::remove(folder / "ten");
  std::ofstream(folder / "3/notes.txt") << "text";
  CHECK_THROWS_WITH(load(folder), ContainsSubstring("notes.txt"));
  CHECK_THROWS_WITH(load(folder / "none"), ContainsSubstring("none"));
  fs::create_symlink("loop", folder / "loop");
  CHECK_THROWS_WITH(load(folder / "loop"),
                    ContainsSubstring("found: Too many levels of symbolic links"));
}

TEST_CASE("a folder with train and test names its classes") {
  const test::TemporaryDirectory directory;
  const fs::path folder = directory.path();
  draw(folder, {"train/b/1.png", "train/a/1.png", "train/a/2.png", "test/b/1.png"});
  const Folder source({.directory = folder});
  const Dataset train = source.load(Part::train), test = source.load(Part::test);
  CHECK(train.class_names == std::vector<std::string>{"a", "b"});
  CHECK(train.labels == std::vector<Label>{0, 0, 1});
  CHECK(test.class_names == train.class_names);
  CHECK(test.labels == std::vector<Label>{1});
  CHECK(source.directory() == folder);
  draw(folder, {"test/c/1.png"});
  CHECK_THROWS_WITH(source.load(Part::test), ContainsSubstring("found c"));
}

TEST_CASE("a folder without parts serves to test only") {
  const test::TemporaryDirectory directory;
  draw(directory.path(), {"b/1.png", "a/1.png"});
  const Folder source({.directory = directory.path()});
  CHECK(source.load(Part::test).class_names == std::vector<std::string>{"a", "b"});
  CHECK_THROWS_WITH(source.load(Part::train), ContainsSubstring("a subfolder train"));
  fs::create_directory(directory.path() / "\xff\033");
  CHECK_THROWS_WITH(Folder({.directory = directory.path()}),
                    directory.path().string() +
                        ": expected a folder with a printable name in UTF-8, found \\xff\\x1b");
  CHECK_THROWS_WITH(Folder({}), ContainsSubstring("expected --data with the folder"));
}
