#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/catch.hpp"
#include "tests/datasets/pictures.hpp"
#include "tests/train/workspace.hpp"

using namespace scanline;
using test::is_one_line;
using test::read_file;
using test::run_scanline;
using test::Workspace;
namespace fs = std::filesystem;

namespace {

const std::string tiny =
    "train --dataset mnist --hidden-size 8 --val-size 50 --batch-size 32 --quiet ";

/// Twice ten pictures in `mine/one` and `mine/two`, or in other folders.
void draw_pictures(const fs::path& one, const fs::path& two) {
  const test::Picture bar = on_sheet(test::plain(3, 18, 255), 1, 12, 5, 28, 28);
  for (int i = 0; i < 10; ++i) {
    const std::string name = std::to_string(i) + ".png";
    fs::create_directories(one);
    fs::create_directories(two);
    write_picture(one / name, on_sheet(bar, 1, i % 3, i % 2, 28, 28));
    write_picture(two / name, on_sheet(test::two(), 1, i % 3, i % 2, 28, 28));
  }
}

}  // namespace

TEST_CASE("eval tests a run on the data and the split that it was trained with") {
  const Workspace space;
  fs::rename(space.path() / "data", space.path() / "mine");
  const test::Outcome run =
      run_scanline(space.path(), tiny + "--data mine --epochs 2 --test-best --out run");
  REQUIRE(run.status == 0);
  for (const std::string model : {"run", "run/model.safetensors"}) {
    const test::Outcome eval = run_scanline(space.path(), "eval " + model);
    CHECK(eval.status == 0);
    CHECK(eval.err == "scanline: note: testing on the test images of mnist in mine\n");
    CHECK(eval.out.ends_with(run.out));
  }
  // The run's best epoch was validated on these images.
  const test::Outcome validated = run_scanline(space.path(), "eval run --split val");
  CHECK(validated.out.find("/50) loss") != std::string::npos);
  CHECK(run_scanline(space.path(), "eval run --split val --val-size 60").out.find("/60) loss") !=
        std::string::npos);
  CHECK(run_scanline(space.path(), "train --config run --dump-config").out ==
        read_file(space.path() / "run/config.toml"));
  CHECK(run_scanline(space.path(), "train --config mine").err ==
        "scanline: mine: expected a run directory with a config.toml, found none\n");

  // A directory that is gone is an error, and never another dataset.
  fs::rename(space.path() / "mine", space.path() / "data");
  const test::Outcome gone = run_scanline(space.path(), "eval run");
  CHECK(gone.status == 1);
  CHECK(gone.err.starts_with("scanline: mine: expected a directory with mnist, found none"));
  CHECK(run_scanline(space.path(), "eval run --data data").out.ends_with(run.out));
}

TEST_CASE("a run on a folder without test pictures is tested on those that were split off") {
  const Workspace space;
  draw_pictures(space.path() / "mine/one", space.path() / "mine/two");
  const test::Outcome run =
      run_scanline(space.path(),
                   "train --dataset folder --data mine --hidden-size 8 --test-size 4 --val-size 2 "
                   "--batch-size 4 --epochs 4 --ema 0 --lr 0.01 --progress plain --out run");
  REQUIRE(run.status == 0);
  CHECK_THAT(run.out, ContainsSubstring("/4) loss"));
  CHECK_THAT(run.err,
             ContainsSubstring("14 images for training, 2 for validation, 4 for the test"));
  CHECK(run_scanline(space.path(), "eval run").out.ends_with(run.out));
  CHECK(run_scanline(space.path(), "eval run --data mine").out.ends_with(run.out));
  CHECK_THAT(run_scanline(space.path(), "eval run --split val").out, ContainsSubstring("/2) loss"));
  CHECK_THAT(run_scanline(space.path(), "eval run --split train").out,
             ContainsSubstring("/14) loss"));
  // Other pictures are all for the test.
  const test::Outcome all = run_scanline(space.path(), "eval run --dataset folder --data mine");
  CHECK_THAT(all.out, ContainsSubstring("/20) loss"));
  const auto all_of = [](const std::string& directory) {
    return fmt::format(
        "scanline: note: testing on all images of folder in {}; --split test takes those that a "
        "run would hold out\n",
        directory);
  };
  CHECK(all.err == all_of("mine"));
  fs::copy(space.path() / "mine", space.path() / "others", fs::copy_options::recursive);
  const test::Outcome others = run_scanline(space.path(), "eval run --data others");
  CHECK_THAT(others.out, ContainsSubstring("/20) loss"));
  CHECK(others.err == all_of("others"));
  const test::Outcome split = run_scanline(space.path(), "eval run --data others --split test");
  CHECK(split.out.ends_with(run.out));
  CHECK(split.err.empty());
  CHECK(run_scanline(space.path(), "eval run --data ./mine/../mine").out.ends_with(run.out));
}

TEST_CASE("all images of a CSV file that eval is given are tested") {
  const Workspace space;
  REQUIRE(run_scanline(space.path(), tiny + "--data data --max-steps 1 --out run").status == 0);
  std::ofstream csv(space.path() / "one.csv");
  for (int row = 0; row < 30; ++row) {
    csv << row % 10;
    for (int pixel = 0; pixel < 28 * 28; ++pixel) csv << "," << (7 * row + pixel) % 256;
    csv << "\n";
  }
  csv.close();
  const test::Outcome eval = run_scanline(space.path(), "eval run --data one.csv");
  CHECK_THAT(eval.out, ContainsSubstring("\ntest accuracy ") && ContainsSubstring("/30) loss"));
  CHECK_THAT(eval.err, ContainsSubstring("note: testing on all images of csv in one.csv"));
  CHECK_THAT(run_scanline(space.path(), "eval run --data one.csv --split test").out,
             ContainsSubstring("/3) loss"));
}

TEST_CASE("a run without test images ends with the validation images") {
  const Workspace space;
  draw_pictures(space.path() / "mine/one", space.path() / "mine/two");
  const test::Outcome run =
      run_scanline(space.path(),
                   "train --dataset folder --data mine --hidden-size 8 --test-size 0 --val-size 6 "
                   "--batch-size 4 --epochs 2 --quiet --out run");
  INFO(run.err);
  REQUIRE(run.status == 0);
  CHECK(run.out.starts_with("val accuracy "));
  CHECK_THAT(run.out, ContainsSubstring("/6) loss"));
  for (const auto& record : test::read_lines(space.path() / "run/metrics.jsonl"))
    CHECK(record.at("kind") != "test");
  CHECK_THAT(read_file(space.path() / "run/report.html"),
             ContainsSubstring("of 6 validation images are classified right"));
  CHECK(run_scanline(space.path(), "train --resume run").out == run.out);
  CHECK(run_scanline(space.path(), "eval run --split val").out.ends_with(run.out));
  const test::Outcome none = run_scanline(space.path(), "eval run");
  CHECK(none.status == 1);
  CHECK(none.err ==
        "scanline: --split test: expected test images with labels in mine, found none\n");
}

TEST_CASE("a model file reads its dataset as its training did") {
  const Workspace space;
  const test::Outcome run = run_scanline(
      space.path(), tiny +
                        "--dataset idx --data data --transpose --image-size 20x14 --epochs 2 "
                        "--prepare none --out run");
  INFO(run.err);
  REQUIRE(run.status == 0);
  CHECK(run_scanline(space.path(), "eval run").out.ends_with(run.out));
  fs::rename(space.path() / "run/model.safetensors", space.path() / "alone.safetensors");
  CHECK(run_scanline(space.path(), "eval alone.safetensors --data data").out.ends_with(run.out));
  const std::string info = run_scanline(space.path(), "info alone.safetensors").out;
  CHECK_THAT(info, ContainsSubstring("20 rows of 14 pixels"));
  CHECK_THAT(info, ContainsSubstring("pictures     are only resized"));
}

TEST_CASE("pictures are tested as the model prepares them, and only if the classes fit") {
  const Workspace space;
  const test::Outcome run = run_scanline(
      space.path(), tiny + "--data data --image-size 20 --epochs 1 --max-steps 3 --out run");
  INFO(run.err);
  REQUIRE(run.status == 0);
  // Digits are centred, wherever they are.
  draw_pictures(space.path() / "mine/1", space.path() / "mine/2");
  for (const std::string name : {"1", "2"}) {
    fs::create_directories(space.path() / "centred" / name);
    write_picture(
        space.path() / "centred" / name / "1.png",
        inverted(on_sheet(name == "1" ? test::plain(3, 18, 255) : test::two(), 2, 9, 5, 90, 70)));
  }
  const auto loss = [&](const std::string& data) {
    const test::Outcome eval =
        run_scanline(space.path(), "eval run --json --dataset folder --data " + data);
    INFO(eval.err);
    REQUIRE(eval.status == 0);
    return nlohmann::json::parse(eval.out).at("loss").get<double>();
  };
  CHECK(loss("mine") == Approx(loss("centred")).epsilon(0.02));

  const test::Outcome clothes =
      run_scanline(space.path(), "eval run --dataset fashion-mnist --data data");
  CHECK(clothes.status == 1);
  CHECK(
      clothes.err.ends_with("scanline: run: expected images of the classes 0, 1, 2, 3, 4, 5, 6, "
                            "7, 8, 9, found that fashion-mnist has T-shirt/top, Trouser, "
                            "Pullover, Dress, Coat, Sandal, Shirt, Sneaker, Bag, Ankle boot\n"));
  fs::rename(space.path() / "mine/1", space.path() / "mine/one");
  const test::Outcome other = run_scanline(space.path(), "eval run --dataset folder --data mine");
  CHECK(other.status == 1);
  CHECK(is_one_line(other.err));
}

TEST_CASE("pictures that cannot be read are left out on demand") {
  const Workspace space;
  draw_pictures(space.path() / "mine/one", space.path() / "mine/two");
  std::ofstream(space.path() / "mine/one/Thumbs.db") << "no picture";
  const std::string train =
      "train --dataset folder --data mine --hidden-size 8 --max-steps 1 --quiet --out run ";
  const test::Outcome refused = run_scanline(space.path(), train);
  CHECK(refused.status == 1);
  CHECK(is_one_line(refused.err));
  CHECK_THAT(refused.err, ContainsSubstring("mine: 1 of 21 pictures cannot be read; the first: "
                                            "mine/one/Thumbs.db: expected a PNG"));
  const test::Outcome run = run_scanline(space.path(), train + "--skip-bad");
  REQUIRE(run.status == 0);
  CHECK_THAT(run.err, ContainsSubstring("note: mine: 1 of 21 pictures cannot be read and are left "
                                        "out"));
  CHECK(run_scanline(space.path(), "eval run").out.ends_with(run.out));

  fs::create_directory(space.path() / "others");
  fs::rename(space.path() / "mine", space.path() / "others/test");
  const std::string eval = "eval alone.safetensors --dataset folder --data others ";
  fs::rename(space.path() / "run/model.safetensors", space.path() / "alone.safetensors");
  CHECK(run_scanline(space.path(), eval).status == 1);
  CHECK_THAT(run_scanline(space.path(), eval + "--skip-bad").out, ContainsSubstring("/20) loss"));
}
