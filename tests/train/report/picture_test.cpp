#include "scanline/train/report/picture.hpp"

#include "scanline/framework/core/error.hpp"
#include "tests/catch.hpp"
#include "tests/temporary_directory.hpp"
#include "tests/train/run_scanline.hpp"

using namespace scanline;
using train::Picture;

TEST_CASE("a picture has the format that the name of its file says") {
  const test::TemporaryDirectory directory;
  const Picture picture{.svg = "<svg/>", .png = "bytes"};
  save_picture_as(picture, directory.path() / "a.svg");
  save_picture_as(picture, directory.path() / "b.x.PNG");
  CHECK(test::read_file(directory.path() / "a.svg") == "<svg/>");
  CHECK(test::read_file(directory.path() / "b.x.PNG") == "bytes");
  CHECK_THROWS_WITH(train::save_picture_as(picture, "sheet.jpg"),
                    "expected a file name that ends in .svg or .png, found 'sheet.jpg'");
  CHECK_THROWS_AS(train::check_picture_name(".png"), Error);
}
