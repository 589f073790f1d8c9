#include "scanline/datasets/folder.hpp"

#include <fstream>

#include "scanline/framework/core/error.hpp"
#include "tests/catch.hpp"
#include "tests/datasets/pictures.hpp"
#include "tests/temporary_directory.hpp"

using namespace scanline;
using test::two;
namespace fs = std::filesystem;

TEST_CASE("a folder has its pictures sorted by class") {
  const test::TemporaryDirectory directory;
  const fs::path folder = directory.path();
  datasets::ImageDataset images = datasets::describe("mnist");
  const auto append = [&] { datasets::append_folder(images, folder); };
  CHECK_THROWS_WITH(append(), ContainsSubstring("found none"));

  for (const char* name : {"3", "9"}) fs::create_directory(folder / name);
  for (const char* name : {"9/b.png", "9/a.pgm", "3/x.png"}) write_picture(folder / name, two());
  std::ofstream(folder / "9/.hidden") << "not looked at";
  append();
  CHECK(images.count == 3);
  CHECK(images.labels == std::vector<std::uint8_t>{3, 9, 9});
  CHECK(images.pixels.size() == 3 * two().values.size());

  fs::create_directory(folder / "ten");
  CHECK_THROWS_WITH(append(), ContainsSubstring("named after the classes 0, 1,") &&
                                  ContainsSubstring("found ten"));
  fs::remove(folder / "ten");
  std::ofstream(folder / "3/notes.txt") << "text";
  CHECK_THROWS_WITH(append(), ContainsSubstring("notes.txt"));
  CHECK_THROWS_WITH(datasets::append_folder(images, folder / "none"), ContainsSubstring("none"));
  fs::create_symlink("loop", folder / "loop");
  CHECK_THROWS_WITH(datasets::append_folder(images, folder / "loop"),
                    ContainsSubstring("found: Too many levels of symbolic links"));
}
