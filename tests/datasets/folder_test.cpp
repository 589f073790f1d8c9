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
    return Folder({.directory = from, .class_names = digits}).load(Part::train);
  };
  CHECK_THROWS_WITH(load(folder), ContainsSubstring("found none"));

  draw(folder, {"9/b.png", "9/a.pgm", "3/x.png", "9/c/nested.png"});
  std::ofstream(folder / "9/.hidden") << "not looked at";
  std::ofstream(folder / "labels.txt") << "not looked at";
  const Dataset images = load(folder);
  CHECK(images.count == 4);
  CHECK(images.labels == std::vector<Label>{3, 9, 9, 9});
  CHECK(images.class_names == digits);
  CHECK(images.pixels.size() == 4 * two().values.size());

  draw(folder, {"ten/x.png"});
  CHECK_THROWS_WITH(load(folder), ContainsSubstring("named after the classes 0, 1,") &&
                                      ContainsSubstring("found ten"));
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
  CHECK_FALSE(source.has(Part::validation));
  CHECK_THROWS_WITH(source.load(Part::validation),
                    folder.string() + ": expected pictures in a subfolder val, found none");
  draw(folder, {"val/a/1.png"});
  CHECK(source.has(Part::validation));
  CHECK(source.load(Part::validation).labels == std::vector<Label>{0});
  draw(folder, {"test/c/1.png"});
  CHECK_THROWS_WITH(source.load(Part::test), ContainsSubstring("found c"));
}

TEST_CASE("a folder without parts is a training part") {
  const test::TemporaryDirectory directory;
  draw(directory.path(), {"b/1.png", "a/1.png"});
  const Folder source({.directory = directory.path()});
  CHECK(source.has(Part::train));
  CHECK_FALSE(source.has(Part::test));
  CHECK(source.load(Part::train).class_names == std::vector<std::string>{"a", "b"});
  CHECK_THROWS_WITH(source.load(Part::test), ContainsSubstring("a subfolder test"));
  fs::create_directory(directory.path() / "\xff\033");
  CHECK_THROWS_WITH(Folder({.directory = directory.path()}),
                    directory.path().string() +
                        ": expected a folder with a printable name in UTF-8, found \\xff\\x1b");
  CHECK_THROWS_WITH(Folder({}), ContainsSubstring("expected --data with the folder"));
}

TEST_CASE("a test part without folders has no labels") {
  const test::TemporaryDirectory directory;
  draw(directory.path(), {"train/a/1.png", "train/b/1.png", "test/1.png", "test/2.png"});
  const Dataset test = Folder({.directory = directory.path()}).load(Part::test);
  CHECK(test.count == 2);
  CHECK(test.labels.empty());
  fs::remove(directory.path() / "test/1.png");
  fs::remove(directory.path() / "test/2.png");
  CHECK_THROWS_WITH(Folder({.directory = directory.path()}).load(Part::test),
                    (directory.path() / "test").string() + ": expected pictures, found none");
}

TEST_CASE("classes without pictures are named") {
  const test::TemporaryDirectory directory;
  const std::string place = (directory.path() / "train").string();
  draw(directory.path(), {"train/a/1.png"});
  const auto load = [&] { return Folder({.directory = directory.path()}).load(Part::train); };
  fs::create_directory(directory.path() / "train/b");
  CHECK_THROWS_WITH(load(), place + ": expected pictures of each class, found none in b");
  fs::create_directory(directory.path() / "train/c");
  CHECK_THROWS_WITH(load(), place + ": expected pictures of each class, found none in b, c");
}

TEST_CASE("pictures that cannot be read are counted, or left out") {
  const test::TemporaryDirectory directory;
  const fs::path folder = directory.path();
  draw(folder, {"a/1.png", "b/1.png", "b/3.png"});
  std::ofstream(folder / "b/2.png") << "no picture";
  std::ofstream(folder / "b/Thumbs.db") << "no picture";
  datasets::Request request{.directory = folder};
  CHECK_THROWS_WITH(
      Folder(request).load(Part::train),
      ContainsSubstring(folder.string() + ": 2 of 5 pictures cannot be read; the first: " +
                        (folder / "b/2.png").string() + ": expected a PNG") &&
          ContainsSubstring("; --skip-bad leaves them out"));
  std::vector<std::string> notes;
  request.skip_bad = true;
  request.note = [&](const std::string& line) { notes.push_back(line); };
  const Dataset images = Folder(request).load(Part::train);
  CHECK(images.labels == std::vector<Label>{0, 1, 1});
  CHECK(images.pixels.size() == 3 * 28 * 28);
  CHECK(std::equal(images.pixels.end() - 28 * 28, images.pixels.end(), images.pixels.begin()));
  REQUIRE(notes.size() == 1);
  CHECK_THAT(notes[0], ContainsSubstring("2 of 5 pictures cannot be read and are left out; the "
                                         "first: " +
                                         (folder / "b/2.png").string()));
  fs::remove(folder / "a/1.png");
  std::ofstream(folder / "a/1.png") << "no picture";
  CHECK_THROWS_WITH(Folder(request).load(Part::train), ContainsSubstring("found none in a"));
}

TEST_CASE("pictures are prepared as the request says") {
  const test::TemporaryDirectory directory;
  const test::Picture small = inverted(on_sheet(two(), 1, 3, 3, 40, 40));
  fs::create_directories(directory.path() / "a");
  write_picture(directory.path() / "a/1.png", small);
  const auto load = [&](const datasets::Request& request) {
    return Folder(request).load(Part::train);
  };
  const Dataset raw = load({.directory = directory.path(), .image_size = {{40, 40}}});
  CHECK(raw.rows == 40);
  CHECK(raw.pixels == small.values);
  CHECK(load({.directory = directory.path()}).pixels.size() == 28 * 28);
  CHECK(load({.directory = directory.path(), .preparation = datasets::PreparationKind::digit})
            .pixels == two().values);
  Index reported = 0;
  load({.directory = directory.path(), .progress = [&](Index done, Index count) {
          reported = done;
          CHECK(count == 1);
        }});
  CHECK(reported == 1);
}
