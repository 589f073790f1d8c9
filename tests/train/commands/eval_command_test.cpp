#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/catch.hpp"
#include "tests/datasets/pictures.hpp"
#include "tests/train/terminal.hpp"
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

TEST_CASE("eval compares several models, or lets them answer together") {
  const Workspace space;
  for (const std::string seed : {"1", "2"})
    REQUIRE(run_scanline(space.path(), tiny + "--data data --epochs 6 --lr 0.02 --ema 0 --seed " +
                                           seed + " --out run" + seed)
                .status == 0);
  const auto json = [&](const std::string& arguments) {
    return nlohmann::json::parse(run_scanline(space.path(), "eval --json " + arguments).out);
  };
  const auto one = json("run1"), two = json("run2"), both = json("run1 run2");
  REQUIRE(both["models"].size() == 2);
  CHECK(both["models"][0]["model"] == "run1");
  CHECK(both["models"][0]["loss"] == one["loss"]);
  CHECK(both["models"][1]["loss"] == two["loss"]);
  CHECK(both["models"][1]["confusion"] == two["confusion"]);
  const test::Outcome table = run_scanline(space.path(), "eval run1 run2");
  CHECK(
      table.out.starts_with("model  accuracy  correct/total  loss    calibration error\nrun1   "));
  CHECK(std::count(table.out.begin(), table.out.end(), '\n') == 3);

  // Averaged probabilities cost at most as much as the average of the costs.
  const auto together = json("run1 run2 --ensemble");
  CHECK(together["total"] == 100);
  CHECK(together["loss"].get<double>() <=
        (one["loss"].get<double>() + two["loss"].get<double>()) / 2);
  CHECK(together["loss"] != one["loss"]);
  const test::Outcome refused = run_scanline(space.path(), "eval run1 run2 --save-logits x");
  CHECK(refused.status == 1);
  CHECK(is_one_line(refused.err));
}

TEST_CASE("logits are not written over the model that they come from") {
  const Workspace space;
  REQUIRE(run_scanline(space.path(), tiny + "--data data --max-steps 1 --out run").status == 0);
  const std::string model = read_file(space.path() / "run/model.safetensors");
  for (const std::string name : {"run", "run/model.safetensors"}) {
    const test::Outcome outcome =
        run_scanline(space.path(), "eval --save-logits ./run/model.safetensors " + name);
    CHECK(outcome.status == 2);
    CHECK(outcome.err ==
          "scanline: --save-logits: expected another file than the model run/model.safetensors\n");
    CHECK(read_file(space.path() / "run/model.safetensors") == model);
  }
  CHECK(run_scanline(space.path(), "eval run --save-logits run/logits.safetensors").status == 0);
}

TEST_CASE("a run that was interrupted can be tested") {
  const Workspace space;
  const fs::path run = space.path() / "run";
  const test::Outcome whole =
      run_scanline(space.path(), tiny + "--data data --epochs 3 --ema 0.9 --lr 0.02 --out run");
  REQUIRE(whole.status == 0);
  // In the last epoch of this run the checkpoint has the weights that were tested.
  fs::remove(run / "model.safetensors");
  const test::Outcome best = run_scanline(space.path(), "eval run");
  CHECK(best.status == 0);
  CHECK(
      best.err.starts_with("scanline: note: run: the run was interrupted, so the weights that did "
                           "best on validation are used\n"));
  fs::rename(run / "best.safetensors", run / "aside");
  const test::Outcome last = run_scanline(space.path(), "eval run");
  CHECK(
      last.err.starts_with("scanline: note: run: the run was interrupted, so the weights in "
                           "last.checkpoint are used\n"));
  CHECK(last.out.ends_with(whole.out));
  for (const std::string command :
       {"info run",
        "train --dataset mnist --data data --val-size 50 --hidden-size 8 "
        "--max-steps 1 --init run --out other"}) {
    const test::Outcome outcome = run_scanline(space.path(), command);
    INFO(outcome.err);
    CHECK(outcome.status == 0);
    CHECK(outcome.err.find("the weights in last.checkpoint") != std::string::npos);
  }
}

TEST_CASE("the names of classes are cut visibly in the confusion matrix") {
  const Workspace space;
  const test::Picture two = test::two(), bar = on_sheet(test::plain(3, 18, 255), 1, 12, 5, 28, 28);
  const std::vector<std::string> classes{"hand-written", "größere", "größeres", "two"};
  for (const std::string part : {"train", "test"})
    for (const std::string& name : classes) {
      fs::create_directories(space.path() / "mine" / part / name);
      for (const char* file : {"1.png", "2.png"})
        write_picture(space.path() / "mine" / part / name / file, name == "two" ? two : bar);
    }
  REQUIRE(
      run_scanline(space.path(),
                   "train --dataset folder --data mine --hidden-size 2 --val-size 0 --max-steps 1 "
                   "--quiet --out run")
          .status == 0);
  const test::Outcome eval = run_scanline(space.path(), "eval run");
  CHECK_THAT(eval.out, ContainsSubstring("\n             größere größer… hand-w…     two\n") &&
                           ContainsSubstring("\nhand-written  0."));
}

TEST_CASE("pictures in folders are trained on, tested and predicted") {
  const Workspace space;
  const test::Picture two = test::two(), bar = on_sheet(test::plain(3, 18, 255), 1, 12, 5, 28, 28);
  for (const std::string part : {"train", "test"})
    for (const std::string name : {"1", "2", "3"}) {
      fs::create_directories(space.path() / "mine" / part / "two");
      fs::create_directories(space.path() / "mine" / part / "one");
      write_picture(space.path() / "mine" / part / "two" / (name + ".png"), two);
      write_picture(space.path() / "mine" / part / "one" / (name + ".png"), inverted(bar));
    }
  const test::Outcome run = run_scanline(
      space.path(),
      "train --dataset folder --data mine --hidden-size 8 --val-size 2 --batch-size 2 --epochs 8 "
      "--augment none --ema 0 --lr 0.01 --quiet --out run");
  INFO(run.err);
  REQUIRE(run.status == 0);
  CHECK(run.out.starts_with("test accuracy 1.0000 (6/6)"));
  const test::Outcome eval = run_scanline(space.path(), "eval run");
  CHECK(eval.err == "scanline: note: testing on the test images of folder in mine\n");
  CHECK(eval.out.ends_with(run.out));
  CHECK(run_scanline(space.path(), "eval run --split val").out.find("/2) loss") !=
        std::string::npos);
  CHECK(run_scanline(space.path(), "predict run mine/test/one/1.png")
            .out.starts_with("mine/test/one/1.png  one  "));
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

TEST_CASE("eval shows on a terminal how far it is, and erases that before it prints the result") {
  const Workspace space;
  // One image at a time takes this network some seconds on any machine.
  fs::create_directory(space.path() / "many");
  test::write_tiny_mnist(space.path() / "many", 10, 4000);
  REQUIRE(
      run_scanline(space.path(),
                   "train --dataset mnist --data data --hidden-size 128 --layers 2 --val-size 50 "
                   "--max-steps 1 --quiet --out slow")
          .status == 0);
  const std::string eval = " eval slow --data many --batch-size 1 --threads 1";
  const std::string shown = test::run_in_terminal(
      80, "cd '" + space.path().string() + "' && TERM=xterm '" SCANLINE_BINARY "'" + eval);
  INFO(shown);
  const std::size_t bar = shown.find("test  [");
  REQUIRE(bar != std::string::npos);
  CHECK_THAT(shown, ContainsSubstring("/4000 images  ") && ContainsSubstring(" s left"));
  const std::size_t erased = shown.rfind("\033[J"), table = shown.find("class  precision");
  CHECK(bar < erased);
  CHECK(erased < table);
  CHECK(table != std::string::npos);
}
