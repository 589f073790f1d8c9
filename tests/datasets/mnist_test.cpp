#include "scanline/datasets/mnist.hpp"

#include <zlib.h>

#include "scanline/framework/core/error.hpp"
#include "tests/catch.hpp"
#include "tests/read_file.hpp"
#include "tests/temporary_directory.hpp"
#include "tests/train/tiny_dataset.hpp"

using namespace scanline;
using datasets::Dataset;
using datasets::FashionMnist;
using datasets::Mnist;
using datasets::Part;
namespace fs = std::filesystem;

TEST_CASE("a dataset in MNIST's format is loaded") {
  const test::TemporaryDirectory directory;
  test::write_tiny_mnist(directory.path(), 30, 20);
  const Dataset train = Mnist({directory.path()}).load(Part::train);
  CHECK(train.count == 30);
  CHECK(train.rows == 28);
  CHECK(train.columns == 28);
  CHECK(train.pixels.size() == 30 * 28 * 28);
  CHECK(train.labels[13] == 3);
  CHECK(train.class_names[7] == "7");
  CHECK(Mnist({}).normalization() == datasets::Normalization{0.1307, 0.3081});
  CHECK(FashionMnist({}).normalization() == datasets::Normalization{0.2860, 0.3530});
  CHECK(FashionMnist({directory.path()}).load(Part::test).class_names[9] == "Ankle boot");
  CHECK(Mnist({directory.path()}).load(Part::test).count == 20);
}

TEST_CASE("a dataset lies in data/ unless it is absent there") {
  const test::TemporaryDirectory directory;
  const fs::path before = fs::current_path();
  fs::current_path(directory.path());
  const fs::path mnist = Mnist({}).directory();
  const fs::path elsewhere = FashionMnist({}).directory();
  fs::create_directories("data/fashion-mnist");
  const fs::path here = FashionMnist({}).directory();
  fs::current_path(before);
  CHECK(mnist == "data/mnist");
  CHECK(here == "data/fashion-mnist");
  const fs::path packaged = "/usr/share/datasets/fashion-mnist";
  CHECK(elsewhere == (fs::exists(packaged) ? packaged : here));
}

TEST_CASE("gzipped files serve as well as raw ones") {
  const test::TemporaryDirectory directory;
  test::write_tiny_mnist(directory.path(), 30, 20);
  const Dataset raw = Mnist({directory.path()}).load(Part::train);
  const fs::path file = directory.path() / "train-images-idx3-ubyte";
  const std::string bytes = test::read_file(file);
  const gzFile out = gzopen((file.string() + ".gz").c_str(), "wb");
  gzwrite(out, bytes.data(), static_cast<unsigned>(bytes.size()));
  gzclose(out);
  fs::remove(file);
  CHECK(Mnist({directory.path()}).load(Part::train).pixels == raw.pixels);
}

TEST_CASE("images and labels that do not belong together are refused") {
  const test::TemporaryDirectory directory;
  test::write_tiny_mnist(directory.path(), 10, 10);
  const fs::path images = directory.path() / "train-images-idx3-ubyte";
  const fs::path labels = directory.path() / "train-labels-idx1-ubyte";
  const auto refused = [&](const std::string& expected) {
    CHECK_THROWS_WITH(Mnist({directory.path()}).load(Part::train), expected);
  };
  SECTION("another number of labels") {
    test::write_idx(labels, {9}, std::vector<std::uint8_t>(9));
    refused(labels.string() + ": expected 10 labels, one for each image of " + images.string() +
            ", found 9");
  }
  SECTION("a label that is no class") {
    test::write_idx(labels, {10}, {0, 1, 2, 3, 10, 5, 6, 7, 8, 9});
    refused(labels.string() + ": expected labels below 10, found 10 at position 4");
  }
  SECTION("images of another size") {
    test::write_idx(images, {10, 2, 3}, std::vector<std::uint8_t>(60));
    refused(images.string() + ": expected images of 28x28, found 10 of 2x3");
  }
  SECTION("no images") {
    test::write_idx(images, {0, 28, 28}, {});
    refused(images.string() + ": expected images of 28x28, found 0 of 28x28");
  }
  SECTION("a file that is not there") {
    fs::remove(labels);
    refused(directory.path().string() +
            ": expected train-labels-idx1-ubyte or train-labels-idx1-ubyte.gz in it, found "
            "neither; run scripts/fetch_mnist.sh of the sources, or name another directory with "
            "--data");
  }
  SECTION("a directory that is not there") {
    CHECK_THROWS_WITH(FashionMnist({directory.path() / "no"}).load(Part::train),
                      (directory.path() / "no").string() +
                          ": expected a directory with fashion-mnist, found none; install "
                          "Debian's package dataset-fashion-mnist");
    // Longer than the system takes.
    CHECK_THROWS_AS(Mnist({std::string(5000, 'x')}).load(Part::train), Error);
  }
}
