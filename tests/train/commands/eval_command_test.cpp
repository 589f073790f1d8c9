#include <algorithm>
#include <filesystem>
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

}  // namespace

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

TEST_CASE("a table says so if its models are tested on different images") {
  const Workspace space;
  fs::copy(space.path() / "data", space.path() / "other");
  for (const std::string run :
       {"mnist --data data --out run1", "mnist --data ./data --out run2",
        "mnist --data other --out run3", "fashion-mnist --data data --out run4"})
    REQUIRE(run_scanline(space.path(),
                         "train --hidden-size 2 --val-size 50 --max-steps 1 --quiet "
                         "--dataset " +
                             run)
                .status == 0);
  CHECK(run_scanline(space.path(), "eval run1 run2").out.starts_with("model  accuracy"));
  const std::string named = run_scanline(space.path(), "eval run1 run4").out;
  CHECK_THAT(named, ContainsSubstring("model  dataset        accuracy") &&
                        ContainsSubstring("\nrun1   mnist          0.") &&
                        ContainsSubstring("\nrun4   fashion-mnist  0."));
  const std::string placed = run_scanline(space.path(), "eval run1 run3").out;
  CHECK_THAT(placed, ContainsSubstring("\nrun1   mnist in ") && ContainsSubstring("/data ") &&
                         ContainsSubstring("\nrun3   mnist in ") && ContainsSubstring("/other "));
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
