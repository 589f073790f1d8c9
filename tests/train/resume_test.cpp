#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "tests/catch.hpp"
#include "tests/train/runs.hpp"

using namespace scanline;
using test::check_same_run;
using test::is_one_line;
using test::read_file;
using test::read_lines;
using test::run_scanline;
using test::steady;
using test::tiny;
using test::Workspace;
namespace fs = std::filesystem;

TEST_CASE("a run that is killed again and again ends with the bits of an undisturbed one") {
  const Workspace space;
  const std::string options = GENERATE(
      "--epochs 30 --save-every 3 --log-every 1 --ema 0.9 --dropout 0.3",
      "--epochs 30 --save-every 5 --schedule plateau --optimizer sgd --model gru --layers 2");
  REQUIRE(run_scanline(space.path(), tiny + options + " --threads 1 --out whole").status == 0);

  test::Outcome outcome = run_scanline(space.path(), tiny + options + " --threads 2 --out killed",
                                       "timeout -s KILL 0.05");
  int kills = 0;
  for (; outcome.status != 0 && kills < 100; ++kills) {
    INFO(outcome.err);
    REQUIRE(outcome.status == 137);
    if (!fs::exists(space.path() / "killed/config.toml")) {
      outcome = run_scanline(space.path(), tiny + options + " --exist-ok --out killed");
      continue;
    }
    // Each start has a little longer, so that slow machines get there too.
    outcome =
        run_scanline(space.path(), fmt::format("train --resume killed --threads {}", kills % 3 + 1),
                     fmt::format("timeout -s KILL {:.2f}", 0.05 + 0.02 * kills));
  }
  REQUIRE(outcome.status == 0);
  CHECK(kills > 0);
  check_same_run(space.path() / "whole", space.path() / "killed");
  for (const auto& entry : fs::directory_iterator(space.path() / "killed")) {
    CHECK(entry.path().extension() != ".tmp");
    CHECK(entry.path().filename() != "next.checkpoint");
  }
}

TEST_CASE("a run goes on with more steps where its schedule allows it") {
  const Workspace space;
  for (const std::string optimizer : {"adamw", "sgd", "rmsprop"}) {
    const std::string options = steady + "--log-every 1 --optimizer " + optimizer + " ";
    const fs::path whole = space.path() / (optimizer + "-whole"), cut = space.path() / optimizer;
    REQUIRE(run_scanline(space.path(), options + "--epochs 3 --out " + whole.string()).status == 0);
    REQUIRE(run_scanline(space.path(), options + "--epochs 3 --max-steps 15 --out " + cut.string())
                .status == 0);
    CHECK(read_lines(cut / "metrics.jsonl").back()["kind"] == "test");
    REQUIRE(run_scanline(space.path(), "train --max-steps 0 --resume " + cut.string()).status == 0);
    check_same_run(whole, cut);
    // And once more, now that it is finished.
    REQUIRE(run_scanline(space.path(), "train --epochs 4 --resume " + cut.string()).status == 0);
    CHECK(read_lines(cut / "metrics.jsonl").back()["kind"] == "test");
  }
}

TEST_CASE("a run that is resumed with fewer steps than it has done says that it ends there") {
  const Workspace space;
  REQUIRE(run_scanline(space.path(), steady + "--model mlp --epochs 3 --max-steps 15 --out run")
              .status == 0);
  const auto resumed = [&](const std::string& options) {
    const test::Outcome outcome =
        run_scanline(space.path(), "train --resume run --quiet " + options);
    CHECK(outcome.status == 0);
    CHECK(outcome.out.starts_with("test accuracy "));
    return outcome.err;
  };
  CHECK(resumed("--max-steps 15").empty());
  CHECK(resumed("--max-steps 7") ==
        "scanline: note: the run has done 15 steps already, more than with --max-steps 7, and ends "
        "here\n");
  CHECK(resumed("--epochs 1 --max-steps 0") ==
        "scanline: note: the run has done 15 steps already, more than with --epochs 1, and ends "
        "here\n");
  CHECK(read_lines(space.path() / "run/metrics.jsonl").size() == 3);
  CHECK(resumed("--epochs 3 --max-steps 0").empty());
  CHECK(read_lines(space.path() / "run/metrics.jsonl").size() == 4);
}

TEST_CASE("a schedule that was laid out over all steps goes on over these alone") {
  const Workspace space;
  REQUIRE(run_scanline(space.path(), tiny + "--epochs 1 --out run").status == 0);
  const std::string model = read_file(space.path() / "run/model.safetensors");
  const test::Outcome outcome = run_scanline(space.path(), "train --resume run --epochs 2");
  INFO(outcome.err);
  CHECK(outcome.status == 1);
  CHECK(is_one_line(outcome.err));
  CHECK(outcome.err.find("cosine schedule with warm-up was computed for 11 steps") !=
        std::string::npos);
  CHECK(read_file(space.path() / "run/model.safetensors") == model);
}

TEST_CASE("a finished run prints its result line again") {
  const Workspace space;
  const test::Outcome first = run_scanline(space.path(), tiny + "--max-steps 3 --out run");
  REQUIRE(first.status == 0);
  const std::string metrics = read_file(space.path() / "run/metrics.jsonl");
  const test::Outcome again = run_scanline(space.path(), "train --resume run");
  CHECK(again.status == 0);
  CHECK(again.out == first.out);
  CHECK(read_file(space.path() / "run/metrics.jsonl") == metrics);
}

TEST_CASE("a run that was killed while it drew its pictures draws them when it is resumed") {
  const Workspace space;
  REQUIRE(run_scanline(space.path(), tiny + "--max-steps 3 --out run").status == 0);
  const fs::path run = space.path() / "run";
  std::string metrics = read_file(run / "metrics.jsonl");
  metrics.resize(metrics.find("{\"kind\":\"test\""));
  std::ofstream(run / "metrics.jsonl") << metrics;
  fs::remove(run / "report.html");
  REQUIRE(run_scanline(space.path(), "train --resume run").status == 0);
  CHECK(fs::exists(run / "report.html"));
  CHECK(read_lines(run / "metrics.jsonl").back()["kind"] == "test");
}

TEST_CASE("a run that was killed before its first checkpoint starts over") {
  const Workspace space;
  REQUIRE(run_scanline(space.path(), tiny + "--max-steps 3 --log-every 1 --out run").status == 0);
  const std::string model = read_file(space.path() / "run/model.safetensors");
  for (const char* name : {"last.checkpoint", "previous.checkpoint", "model.safetensors"})
    fs::remove(space.path() / "run" / name);
  std::ofstream(space.path() / "run/last.checkpoint.77-0.tmp") << "half of";
  REQUIRE(run_scanline(space.path(), "train --resume run").status == 0);
  CHECK(read_file(space.path() / "run/model.safetensors") == model);
  CHECK(read_lines(space.path() / "run/metrics.jsonl").size() == 5);
  CHECK_FALSE(fs::exists(space.path() / "run/last.checkpoint.77-0.tmp"));
}

TEST_CASE("a run all of whose checkpoints are gone starts from the beginning, with a note") {
  const Workspace space;
  REQUIRE(run_scanline(space.path(), steady + "--epochs 1 --out run").status == 0);
  const std::string model = read_file(space.path() / "run/model.safetensors");
  fs::remove(space.path() / "run/last.checkpoint");
  fs::remove(space.path() / "run/previous.checkpoint");
  // The model of a finished run is not replaced by that of perhaps another one.
  const test::Outcome refused = run_scanline(space.path(), "train --resume run --quiet");
  CHECK(refused.status == 1);
  CHECK(refused.err == "scanline: run: expected a checkpoint to resume from, found a model only\n");
  CHECK(read_file(space.path() / "run/model.safetensors") == model);
  fs::remove(space.path() / "run/model.safetensors");
  const test::Outcome outcome = run_scanline(space.path(), "train --resume run --quiet");
  CHECK(outcome.status == 0);
  CHECK(outcome.err ==
        "scanline: note: run: there is no checkpoint, so the run starts from the beginning\n");
  CHECK(read_file(space.path() / "run/model.safetensors") == model);
  CHECK(read_lines(space.path() / "run/metrics.jsonl").size() == 2);
}

TEST_CASE("a run whose loss is not finite is resumed when it is told not to mind") {
  const Workspace space;
  const std::string options = steady +
                              "--model mlp --optimizer sgd --lr 1000 --clip-norm 0 "
                              "--no-check-nan --epochs 3 --quiet ";
  const test::Outcome whole = run_scanline(space.path(), options + "--out whole");
  REQUIRE(whole.status == 0);
  CHECK(whole.out.ends_with(" loss nan\n"));
  CHECK(run_scanline(space.path(), "train --resume whole").out == whole.out);
  REQUIRE(run_scanline(space.path(), options + "--max-steps 17 --out cut").status == 0);
  const test::Outcome outcome = run_scanline(space.path(), "train --resume cut --max-steps 0");
  INFO(outcome.err);
  CHECK(outcome.status == 0);
  check_same_run(space.path() / "whole", space.path() / "cut");
}

TEST_CASE("a run goes on without the file that its first weights came from") {
  const Workspace space;
  REQUIRE(run_scanline(space.path(), steady + "--max-steps 3 --out first").status == 0);
  fs::rename(space.path() / "first/model.safetensors", space.path() / "w#1.safetensors");
  REQUIRE(run_scanline(space.path(), steady + "--init 'w#1.safetensors' --max-steps 5 --out run")
              .status == 0);
  fs::remove(space.path() / "w#1.safetensors");
  const test::Outcome outcome = run_scanline(space.path(), "train --resume run --max-steps 6");
  INFO(outcome.err);
  CHECK(outcome.status == 0);
}

TEST_CASE("a finished run that is extended and killed is not taken for finished") {
  const Workspace space;
  const std::string options = steady + "--epochs 2 --val-size 0 --out run ";
  REQUIRE(run_scanline(space.path(), options).status == 0);
  REQUIRE(fs::exists(space.path() / "run/report.html"));
  const test::Outcome killed = run_scanline(
      space.path(), "train --resume run --epochs 2000 --save-every 1", "timeout -s KILL 2");
  CHECK(killed.status != 0);
  CHECK_FALSE(fs::exists(space.path() / "run/model.safetensors"));
  CHECK_FALSE(fs::exists(space.path() / "run/report.html"));
  CHECK(run_scanline(space.path(), "eval run").err.find("the run was interrupted") !=
        std::string::npos);
}

TEST_CASE("a run keeps the options that make it what it is") {
  const Workspace space;
  REQUIRE(run_scanline(space.path(), tiny + "--max-steps 2 --out run").status == 0);
  const test::Outcome refused = run_scanline(
      space.path(), "train --resume run --lr 0.1 --hidden-size 8 --seed 4 --threads 1");
  CHECK(refused.status == 2);
  CHECK(refused.err.find("--lr, --seed cannot change") != std::string::npos);
  CHECK(run_scanline(space.path(), "train --resume run --out other").status == 2);
  const test::Outcome nothing = run_scanline(space.path(), "train --resume data");
  CHECK(nothing.status == 1);
  CHECK(nothing.err.find("data: expected a run directory with a config.toml, found none") !=
        std::string::npos);
}

TEST_CASE("a configuration makes the same run again") {
  const Workspace space;
  REQUIRE(run_scanline(space.path(), tiny + "--max-steps 4 --no-shuffle --lr 0.0123456789 --out a")
              .status == 0);
  REQUIRE(run_scanline(space.path(), "train --config a/config.toml --out b").status == 0);
  check_same_run(space.path() / "a", space.path() / "b");
  CHECK(read_file(space.path() / "a/config.toml") == read_file(space.path() / "b/config.toml"));
  CHECK(run_scanline(space.path(), "train --config a/config.toml --dump-config").out ==
        read_file(space.path() / "a/config.toml"));

  // The command line wins over a recipe on it, that over the file, and that over the recipe in it.
  std::ofstream(space.path() / "c.toml") << "recipe=\"default\"\nlr=0.5\nepochs=7\nhidden-size=9\n";
  const auto dump = [&](const std::string& arguments) {
    return run_scanline(space.path(), "train --dump-config --config c.toml " + arguments).out;
  };
  CHECK(dump("").find("lr=0.5\n") != std::string::npos);
  CHECK(dump("--epochs 8").find("epochs=8\n") != std::string::npos);
  const std::string with_recipe = dump("--recipe default --epochs 8");
  CHECK(with_recipe.find("lr=0.003\n") != std::string::npos);
  CHECK(with_recipe.find("epochs=8\n") != std::string::npos);
  CHECK(with_recipe.find("hidden-size=128\n") != std::string::npos);
  CHECK(dump("--recipe fast").find("hidden-size=64\n") != std::string::npos);
  CHECK(dump("--recipe best").find("model=\"renet\"\n") != std::string::npos);

  const auto fails_with = [&](const std::string& toml, const std::string& expected) {
    std::ofstream(space.path() / "bad.toml") << toml;
    const test::Outcome outcome = run_scanline(space.path(), "train --config bad.toml");
    INFO(outcome.err);
    CHECK(outcome.status != 0);
    CHECK(is_one_line(outcome.err));
    CHECK(outcome.err.find(expected) != std::string::npos);
  };
  fails_with("epoch=3\n", "bad.toml: unknown option 'epoch' (did you mean epochs?)");
  fails_with("resume=\"x\"\n", "bad.toml: unknown option 'resume'");
  fails_with(
      "[train]\nepochs=3\n",
      "bad.toml: line 1: expected the name of an option, '=' and its value, found '[train]'");
  fails_with("epochs=\"many\"\n", "bad.toml: epochs: expected a whole number");
  CHECK(run_scanline(space.path(), "train --config none.toml").status == 1);
}
