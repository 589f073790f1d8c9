#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "tests/catch.hpp"
#include "tests/datasets/pictures.hpp"
#include "tests/train/workspace.hpp"

using namespace scanline;
using test::is_one_line;
using test::Outcome;
using test::Workspace;
namespace fs = std::filesystem;

namespace {

struct DataWorkspace : Workspace {
  Outcome data(const std::string& arguments) const {
    return test::run_scanline(path(), "data " + arguments);
  }
};

}  // namespace

TEST_CASE("data prints what a dataset holds, and writes nothing") {
  const DataWorkspace space;
  const Outcome outcome = space.data("data --dataset mnist --val-size 50");
  INFO(outcome.err);
  CHECK(outcome.status == 0);
  CHECK(outcome.err.empty());
  CHECK(outcome.out.find("mnist in data\n\ntrain: 400 images of 28x28 pixels\n") == 0);
  CHECK(outcome.out.find("10 with 40 images each") != std::string::npos);
  CHECK(outcome.out.find("held out   50 for val, 350 left for training") != std::string::npos);
  CHECK(outcome.out.find("class  train  for val  test\n0         40        5    10\n") !=
        std::string::npos);
  for (const auto& entry : fs::directory_iterator(space.path()))
    CHECK((entry.path().filename() == "data" || entry.path().extension() == ".txt"));
}

TEST_CASE("data says where a run would be refused") {
  const DataWorkspace space;
  const Outcome outcome = space.data("data --dataset mnist");
  CHECK(outcome.status == 0);
  CHECK(outcome.err ==
        "scanline: note: a run would be refused: --val-size: expected fewer images to hold out "
        "than the 400 there are, found 5000\n");
}

TEST_CASE("data prints JSON") {
  const DataWorkspace space;
  const Outcome outcome = space.data("data --dataset mnist --json --val-size 0.1");
  const auto document = nlohmann::json::parse(outcome.out);
  CHECK(document["dataset"] == "mnist");
  CHECK(document["parts"].size() == 2);
  CHECK(document["parts"][1]["images"] == 100);
  CHECK(document["held_out"][0]["images"] == 40);
}

TEST_CASE("data draws a sheet of samples, as they are or augmented") {
  const DataWorkspace space;
  const Outcome plain = space.data("data --dataset mnist --val-size 0 --sheet plain.svg");
  INFO(plain.err);
  CHECK(plain.status == 0);
  CHECK(plain.err == "scanline: drew train images into plain.svg\n");
  CHECK(test::read_file(space.path() / "plain.svg").find("Samples of each class") !=
        std::string::npos);
  CHECK(space.data("data --dataset mnist --val-size 0 --sheet b.png --augment affine").status == 0);
  CHECK(test::decode_png(test::read_file(space.path() / "b.png")).width > 600);

  const Outcome no_sheet = space.data("data --dataset mnist --augment affine");
  CHECK(no_sheet.status == 2);
  CHECK(is_one_line(no_sheet.err));
  const Outcome other_type = space.data("data --dataset mnist --sheet c.gif");
  CHECK(other_type.status == 2);
  CHECK(other_type.err ==
        "scanline: --sheet: expected a file name that ends in .svg or .png, found 'c.gif'\n");
}

TEST_CASE("data refuses what it cannot read, and options of other datasets") {
  const DataWorkspace space;
  const Outcome gone = space.data("gone");
  CHECK(gone.status == 1);
  CHECK(gone.out.empty());
  CHECK(is_one_line(gone.err));
  CHECK(gone.err.find("scanline: gone: expected ") == 0);

  fs::remove(space.path() / "data/t10k-labels-idx1-ubyte");
  const Outcome half = space.data("data --dataset mnist --val-size 0");
  CHECK(half.status == 1);
  CHECK(is_one_line(half.err));
  CHECK(half.out.find("train: 400 images") != std::string::npos);

  const Outcome foreign = space.data("data --dataset mnist --transpose");
  CHECK(foreign.status == 2);
  CHECK(is_one_line(foreign.err));
}

TEST_CASE("the help of data fits 80 columns") {
  const DataWorkspace space;
  const Outcome help = space.data("--help");
  CHECK(help.status == 0);
  std::istringstream text(help.out);
  for (std::string line; std::getline(text, line);) CHECK(line.size() <= 80);
  for (const char* option : {"PATH", "--dataset", "--val-size", "--augment", "--sheet", "--json"})
    CHECK(help.out.find(option) != std::string::npos);
  for (const char* option : {"--data ", "--epochs"})
    CHECK(help.out.find(option) == std::string::npos);
}
