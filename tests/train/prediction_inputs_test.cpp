#include "scanline/train/prediction_inputs.hpp"

#include <filesystem>
#include <fstream>

#include "tests/catch.hpp"
#include "tests/datasets/pictures.hpp"
#include "tests/temporary_directory.hpp"
#include "tests/train/tiny_dataset.hpp"

using namespace scanline;
using test::two;
using train::PredictionBatch;
using train::PredictionInputs;
namespace fs = std::filesystem;

namespace {

using Names = std::vector<std::string>;

/// A model, and what its inputs are read as.
struct Reading {
  explicit Reading(const std::string& dataset = "mnist", const Settings& dataset_options = {}) {
    const ModelDescription description{
        .model = "mlp",
        .task = {.rows = 28, .columns = 28, .classes = 2},
        .options = {{"hidden-size", "8"}, {"layers", "1"}, {"dropout", "0"}},
        .class_names = {"0", "1"},
        .dataset = dataset,
        .dataset_options = dataset_options,
        .mean = 0.5,
        .standard_deviation = 0.25,
        .version = "1"};
    const auto network =
        models::built_in().choose("mlp", description.options)->make(description.task);
    save_model(path("model"), *network, description);
    predictor.emplace(path("model"));
  }
  std::string path(const std::string& name) const { return (directory.path() / name).string(); }
  /// Reads files in the directory. Their names have no directory in the result.
  void read(const Names& files) {
    Names inputs;
    for (const std::string& file : files) inputs.push_back(path(file));
    names = errors = {};
    sizes = {};
    PredictionInputs reader(inputs, *predictor, formats,
                            [&](const std::string& error) { errors.push_back(error); });
    while (const std::optional<PredictionBatch> batch = reader.next()) {
      CHECK(batch->names.size() == batch->parts.size());
      sizes.push_back(batch->names.size());
      for (const std::string& name : batch->names)
        names.push_back(name.substr(directory.path().string().size() + 1));
      last = batch->parts.back().back().image;
    }
  }

  test::TemporaryDirectory directory;
  datasets::Sources formats = datasets::built_in();
  std::optional<Predictor> predictor;
  Names names, errors;
  std::vector<std::size_t> sizes;  // of the batches
  datasets::Image last;
};

}  // namespace

TEST_CASE("directories are searched for pictures") {
  Reading reading;
  fs::create_directories(reading.path("d/b"));
  fs::create_directories(reading.path("d/.hidden"));
  fs::create_directories(reading.path("empty"));
  for (const char* name : {"d/c.png", "d/b/2.jpg", "d/a.bmp", "d/.dot.png", "d/.hidden/x.png"})
    write_picture(reading.path(name), two());
  fs::rename(reading.path("d/a.bmp"), reading.path("d/a.BMP"));
  std::ofstream(reading.path("d/notes.txt")) << "text";
  write_picture(reading.path("e.png"), two());

  reading.read({"e.png", "d"});
  CHECK(reading.names == Names{"e.png", "d/a.BMP", "d/b/2.jpg", "d/c.png"});
  CHECK(reading.errors.empty());
  reading.read({"empty", "e.png"});
  CHECK(reading.names == Names{"e.png"});
  CHECK(reading.errors ==
        Names{reading.path("empty") + ": expected pictures in the directory, found none"});
}

TEST_CASE("bad pictures are reported in order, and the others are read in batches") {
  Reading reading;
  fs::create_directories(reading.path("many"));
  write_picture(reading.path("many/000.pgm"), two());
  for (int i = 1; i < 300; ++i)
    fs::copy_file(reading.path("many/000.pgm"),
                  reading.path("many/" + std::to_string(1000 + i) + ".pgm"));
  std::ofstream(reading.path("many/1005.pgm")) << "text";
  std::ofstream(reading.path("many/1299.pgm")) << "text";
  reading.read({"gone.png", "many"});
  CHECK(reading.names.size() == 298);
  CHECK(reading.names.front() == "many/000.pgm");
  CHECK(reading.names.back() == "many/1298.pgm");
  CHECK(reading.sizes == std::vector<std::size_t>{254, 44});
  REQUIRE(reading.errors.size() == 3);
  CHECK(reading.errors[0].find("gone.png: expected") != std::string::npos);
  CHECK(reading.errors[1].find("1005.pgm: expected") != std::string::npos);
  CHECK(reading.errors[2].find("1299.pgm: expected") != std::string::npos);
}

TEST_CASE("dataset files are read image by image") {
  Reading reading;
  test::write_tiny_mnist(reading.directory.path(), 10, 300);
  {
    std::ofstream unlabelled(reading.path("test.csv")), labelled(reading.path("train.csv"));
    for (int i = 0; i < 2; ++i) {
      labelled << i << ',';
      for (int p = 0; p < 784; ++p) {
        (p == 0 ? unlabelled : unlabelled << ',') << 10 * i;
        (p == 0 ? labelled : labelled << ',') << 10 * i;
      }
      unlabelled << '\n';
      labelled << '\n';
    }
    std::ofstream(reading.path("small.csv")) << "1,2,3,4\n";
  }
  reading.read({"t10k-images-idx3-ubyte"});
  CHECK(reading.errors.empty());
  CHECK(reading.sizes == std::vector<std::size_t>{256, 44});
  CHECK(reading.names.front() == "t10k-images-idx3-ubyte:1");
  CHECK(reading.names.back() == "t10k-images-idx3-ubyte:300");

  write_picture(reading.path("e.png"), two());
  reading.read({"small.csv", "e.png", "test.csv", "train.csv"});
  CHECK(reading.errors.empty());
  CHECK(reading.names ==
        Names{"small.csv:1", "e.png", "test.csv:1", "test.csv:2", "train.csv:1", "train.csv:2"});
  CHECK(reading.last.pixels == std::vector<std::uint8_t>(784, 10));

  std::ofstream(reading.path("bad.csv")) << "1,2,x\n";
  reading.read({"bad.csv", "e.png"});
  CHECK(reading.names == Names{"e.png"});
  REQUIRE(reading.errors.size() == 1);
  CHECK(reading.errors[0].find("bad.csv: line 1: expected") != std::string::npos);
}

TEST_CASE("IDX files are transposed for a model whose training transposed them") {
  Reading plain("idx"), transposed("idx", {{"transpose", "true"}});
  std::vector<std::uint8_t> pixels(784, 0);
  pixels[1] = 200;
  for (Reading* reading : {&plain, &transposed}) {
    test::write_idx(reading->directory.path() / "a-idx3-ubyte", {1, 28, 28}, pixels);
    reading->read({"a-idx3-ubyte"});
    REQUIRE(reading->names.size() == 1);
  }
  CHECK(plain.last.pixels[1] == 200);
  CHECK(transposed.last.pixels[28] == 200);
  CHECK(transposed.last.pixels[1] == 0);
}

TEST_CASE("IDX files have the white of the training, and any type of pixels") {
  Reading sixteen("idx", {{"max-value", "16"}}), real("idx");
  std::vector<std::uint8_t> pixels(784, 0);
  pixels[1] = 16;
  test::write_idx(sixteen.directory.path() / "a-idx3-ubyte", {1, 28, 28}, pixels);
  sixteen.read({"a-idx3-ubyte"});
  REQUIRE(sixteen.names.size() == 1);
  CHECK(sixteen.last.pixels[1] == 255);
  // Big-endian floats, of which one is 1.
  std::string bytes("\0\0\x0d\3\0\0\0\1\0\0\0\x1c\0\0\0\x1c", 16);
  for (int i = 0; i < 784; ++i) bytes += std::string(i == 1 ? "\x3f\x80\0\0" : "\0\0\0\0", 4);
  std::ofstream(real.directory.path() / "b-idx3-float", std::ios::binary) << bytes;
  real.read({"b-idx3-float"});
  REQUIRE(real.names.size() == 1);
  CHECK(real.last.pixels[0] == 0);
  CHECK(real.last.pixels[1] == 255);
}
