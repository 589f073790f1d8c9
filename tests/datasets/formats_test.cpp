#include "scanline/datasets/formats.hpp"

#include <fstream>

#include "scanline/datasets/registry.hpp"
#include "scanline/framework/core/error.hpp"
#include "tests/catch.hpp"
#include "tests/temporary_directory.hpp"

using namespace scanline;
namespace fs = std::filesystem;

TEST_CASE("the format of a dataset is recognised by its files") {
  const test::TemporaryDirectory directory;
  const fs::path here = directory.path();
  const datasets::Formats formats = datasets::built_in_formats();
  const auto at = [&](const fs::path& file) {
    fs::create_directories((here / file).parent_path());
    std::ofstream(here / file) << "1";
    return here / *file.begin();
  };
  const auto detect = [&](const fs::path& path) { return datasets::detect(formats, path); };
  CHECK(detect(at("idx/train-images-idx3-ubyte")) == "idx");
  CHECK(detect(at("emnist/emnist-digits-train-images-idx3-ubyte.gz")) == "idx");
  CHECK(detect(at("folders/a/1.PNG")) == "folder");
  CHECK(detect(at("parts/train/a/1.jpg")) == "folder");
  CHECK(detect(at("tables/train.tsv.gz")) == "csv");
  CHECK(detect(at("digits.csv")) == "csv");
  CHECK(detect(at("mnist.npz")) == "npz");
  CHECK(detect(at("arrays/mnist.npz")) == "npz");

  const std::string looked_for =
      ": expected IDX files such as train-images-idx3-ubyte.gz, or folders of pictures that are "
      "named after their class, or a CSV file or train.csv, or an NPZ file, found ";
  CHECK_THROWS_WITH(detect(at("others/a/readme.txt")),
                    (here / "others").string() + looked_for + "none of them");
  CHECK_THROWS_WITH(detect(here / "nothing"),
                    (here / "nothing").string() + looked_for + "no such file or directory");
  at("two/train.csv");
  CHECK_THROWS_WITH(
      detect(at("two/a.npz")),
      (here / "two").string() + ": expected one dataset, found csv and npz; --dataset chooses one");

  // A model keeps its dataset where that can read the files, and otherwise takes the other format.
  CHECK(datasets::detect_for("mnist", formats, here / "idx") == "mnist");
  CHECK(datasets::detect_for("mnist", formats, here / "folders") == "folder");
  CHECK(datasets::detect_for("csv", formats, here / "others") == "csv");
  CHECK(datasets::detect_for("stripes", formats, here / "idx") == "stripes");
}

TEST_CASE("all datasets of a format are in the registry") {
  const datasets::Sources table = datasets::built_in();
  for (const datasets::Format& format : datasets::built_in_formats())
    for (const std::string& name : format.datasets) CHECK(table.find(name).name == name);
}
