// Training, testing and refusing of lines of digits, through the command line.

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "scanline/predict/predictor.hpp"
#include "tests/catch.hpp"
#include "tests/train/runs.hpp"
#include "tests/train/workspace.hpp"

using namespace scanline;
using test::run_scanline;
using test::Workspace;
namespace fs = std::filesystem;

namespace {

// The images of the small dataset are as wide as a line is high, so few steps are enough.
const std::string short_run =
    "train --dataset numbers --data data --digits 1..3 --spacing 2..8 --step-columns 4 "
    "--hidden-size 24 --layers 1 --dropout 0 --augment none --batch-size 8 --lr 0.03 --ema 0 "
    "--progress none --threads 2 ";

}  // namespace

TEST_CASE("a reader learns lines of digits, and its run has all files") {
  const Workspace space;
  const auto trained = run_scanline(space.path(), short_run + "--epochs 20 --out runs/numbers");
  INFO(trained.err);
  REQUIRE(trained.status == 0);
  CHECK(trained.out.find("test accuracy ") == 0);
  CHECK(trained.out.find(" digit error ") != std::string::npos);
  const auto records = test::read_lines(space.path() / "runs/numbers/metrics.jsonl");
  const nlohmann::json& tested = records.back();
  CHECK(tested.at("kind") == "test");
  CHECK(tested.at("total") == 50);  // 100 test images, two in a line
  CHECK(tested.at("accuracy").get<double>() > 0.8);
  CHECK(tested.at("digit_error").get<double>() < 0.1);
  for (const char* file : {"report.html", "worst_mistakes.svg", "samples.png", "mistakes.json",
                           "learning_curves.svg", "model.safetensors"})
    CHECK(fs::exists(space.path() / "runs/numbers" / file));

  SECTION("eval tests it again, also on other lines") {
    const auto same = run_scanline(space.path(), "eval runs/numbers");
    CHECK(same.out == trained.out);
    const auto others = run_scanline(
        space.path(), "eval runs/numbers --digits 5 --spacing 2..8 --json --split test");
    INFO(others.err);
    const auto json = nlohmann::json::parse(others.out);
    CHECK(json.at("total") == 20);
    CHECK(json.contains("digit_error"));
    const auto several = run_scanline(space.path(), "eval runs/numbers runs/numbers");
    CHECK(several.status == 0);
    CHECK(several.out.starts_with(
        "model         accuracy  correct/total  loss    digit error\nruns/numbers  "));
    REQUIRE(run_scanline(space.path(),
                         "train --dataset mnist --data data --hidden-size 2 "
                         "--val-size 50 --max-steps 1 --quiet --out digits")
                .status == 0);
    const auto mixed = run_scanline(space.path(), "eval runs/numbers digits");
    CHECK(mixed.status == 1);
    CHECK(mixed.out.empty());
    CHECK(mixed.err ==
          "scanline: runs/numbers: reads lines, and digits: classifies images; compare models of "
          "one kind, or use --json\n");
    const std::string info = run_scanline(space.path(), "info runs/numbers").out;
    CHECK(info.find("lines of 28 rows") != std::string::npos);
    CHECK(run_scanline(space.path(), "export runs/numbers --out numbers.c").err ==
          "scanline: reader cannot be written as C: it reads lines of any width\n");
    if (run_scanline(space.path(), "--version").out.find("\nonnx: yes\n") != std::string::npos) {
      CHECK(
          run_scanline(space.path(), "export runs/numbers --format onnx --out numbers.onnx").err ==
          "scanline: wrote numbers.onnx\n");
      const auto refused = run_scanline(space.path(), "info numbers.onnx");
      CHECK(refused.status == 1);
      CHECK(test::is_one_line(refused.err));
    }
    CHECK(info.find("trained      on numbers") != std::string::npos);
  }
  SECTION("predict reads the images of a dataset file as lines") {
    const auto read = run_scanline(
        space.path(), "predict runs/numbers data/t10k-images-idx3-ubyte --format jsonl");
    INFO(read.err);
    CHECK(read.status == 0);
    const auto first = nlohmann::json::parse(read.out.substr(0, read.out.find('\n')));
    CHECK(first.at("digits").is_array());
    for (const nlohmann::json& digit : first.at("digits")) {
      const auto box = digit.at("box").get<std::vector<int>>();
      CHECK(box.at(2) > box.at(0));
      CHECK(box.at(3) == 28);
    }
  }
  SECTION("a predictor reads a line") {
    Predictor predictor(space.path() / "runs/numbers");
    CHECK(predictor.reads_lines());
    const auto line = predictor.read_line(Array::zeros({28, 61}, DType::float32));
    CHECK(line.text.size() == line.characters.size());
    CHECK(line.probability <= 1);
    CHECK_THROWS_AS(predictor.read_line(Array::zeros({27, 61}, DType::float32)), Error);
    CHECK_THROWS_AS(predictor.read_line(Array::zeros({28, 1}, DType::float32)), Error);
    CHECK_THROWS_WITH(
        predictor.predict(datasets::Image{28, 28, std::vector<std::uint8_t>(784)}),
        ContainsSubstring("expected a model of single images, found one that reads lines"));
  }
}

TEST_CASE("a run on lines is the same on any number of threads, and resumed to the bit") {
  const Workspace space;
  const std::string run = short_run + "--augment elastic --epochs 3 --ema 0.9 ";
  REQUIRE(run_scanline(space.path(), run + "--out whole").status == 0);
  REQUIRE(run_scanline(space.path(), run + "--threads 1 --out one").status == 0);
  const auto model = [&](const char* name) {
    return test::read_file(space.path() / name / "model.safetensors");
  };
  CHECK(model("whole") == model("one"));
  REQUIRE(run_scanline(space.path(), run + "--max-steps 5 --schedule constant --warmup 0 --out a")
              .status == 0);
  REQUIRE(run_scanline(space.path(), run + "--max-steps 17 --schedule constant --warmup 0 --out b")
              .status == 0);
  REQUIRE(run_scanline(space.path(), "train --resume a --max-steps 17").status == 0);
  CHECK(model("a") == model("b"));
}

TEST_CASE("lines go together with a reader and its loss only") {
  const Workspace space;
  const auto refused = [&](const std::string& arguments) {
    const auto outcome =
        run_scanline(space.path(), "train --data data --progress none " + arguments);
    CHECK(outcome.status != 0);
    CHECK(test::is_one_line(outcome.err));
    CHECK((!fs::exists(space.path() / "runs") || fs::is_empty(space.path() / "runs")));
    return outcome.err;
  };
  CHECK(refused("--dataset numbers --model lstm").find("the model: expected one for lines") !=
        std::string::npos);
  CHECK(refused("--dataset numbers --loss focal").find("the loss: expected one for lines") !=
        std::string::npos);
  CHECK(refused("--model reader").find("the model: expected one for single images") !=
        std::string::npos);
  CHECK(refused("--loss ctc").find("the loss: expected one for single images") !=
        std::string::npos);
  CHECK(refused("--dataset numbers --digits 3..2").find("--digits: expected a number or a range") !=
        std::string::npos);
  CHECK(refused("--digits 3").find("--digits: this is an option of --dataset numbers") !=
        std::string::npos);
}

TEST_CASE("a model and the examples of eval are of one kind") {
  const Workspace space;
  REQUIRE(run_scanline(space.path(), short_run + "--max-steps 1 --out lines").status == 0);
  REQUIRE(run_scanline(space.path(), "train --data data --max-steps 1 --progress none --out images")
              .status == 0);
  const auto other = run_scanline(space.path(), "eval images --dataset numbers --data data");
  CHECK(other.status == 1);
  CHECK(other.err.find("expected single images, found that numbers has lines of digits") !=
        std::string::npos);
  CHECK(run_scanline(space.path(), "eval lines --dataset idx --data data").status == 1);
  CHECK(run_scanline(space.path(), "eval lines --save-logits x.safetensors").status == 1);
}

TEST_CASE("data shows the lines of numbers") {
  const Workspace space;
  const auto shown =
      run_scanline(space.path(), "data data --dataset numbers --digits 4 --sheet lines.png");
  INFO(shown.err);
  CHECK(shown.status == 0);
  CHECK(fs::exists(space.path() / "lines.png"));
}
