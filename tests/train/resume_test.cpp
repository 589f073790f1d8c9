#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "tests/catch.hpp"
#include "tests/train/workspace.hpp"

using namespace scanline;
using test::is_one_line;
using test::read_file;
using test::read_lines;
using test::run_scanline;
using test::Workspace;
namespace fs = std::filesystem;

namespace {

// 11 steps an epoch.
const std::string tiny = "train --data data --hidden-size 8 --val-size 50 --batch-size 32 ";
const std::string steady = tiny + "--schedule constant --warmup 0 ";

/// The records of a run but for what a clock had a hand in.
std::vector<nlohmann::json> timeless_records(const fs::path& run) {
  std::vector<nlohmann::json> records = read_lines(run / "metrics.jsonl");
  for (nlohmann::json& record : records) {
    record.erase("seconds");
    record.erase("images_per_second");
  }
  return records;
}

void check_same_run(const fs::path& a, const fs::path& b) {
  CHECK(read_file(a / "model.safetensors") == read_file(b / "model.safetensors"));
  CHECK(read_file(a / "best.safetensors") == read_file(b / "best.safetensors"));
  CHECK(timeless_records(a) == timeless_records(b));
}

void damage(const fs::path& file) {
  std::string bytes = read_file(file);
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  std::ofstream(file, std::ios::binary) << bytes;
}

}  // namespace

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

TEST_CASE("a schedule that was laid out over all steps goes on over these alone") {
  const Workspace space;
  REQUIRE(run_scanline(space.path(), tiny + "--epochs 1 --out run").status == 0);
  const std::string model = read_file(space.path() / "run/model.safetensors");
  const test::Outcome outcome = run_scanline(space.path(), "train --resume run --epochs 2");
  INFO(outcome.err);
  CHECK(outcome.status == 1);
  CHECK(is_one_line(outcome.err));
  CHECK(outcome.err.find("cosine schedule with warm-up was laid out over 11 steps") !=
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
  fs::remove(space.path() / "run/last.checkpoint");
  fs::remove(space.path() / "run/model.safetensors");
  std::ofstream(space.path() / "run/last.checkpoint.77-0.tmp") << "half of";
  REQUIRE(run_scanline(space.path(), "train --resume run").status == 0);
  CHECK(read_file(space.path() / "run/model.safetensors") == model);
  CHECK(read_lines(space.path() / "run/metrics.jsonl").size() == 5);
  CHECK_FALSE(fs::exists(space.path() / "run/last.checkpoint.77-0.tmp"));
}

TEST_CASE("a damaged checkpoint is reported, and the one before it used") {
  const Workspace space;
  const fs::path run = space.path() / "run";
  REQUIRE(run_scanline(space.path(), steady + "--epochs 3 --out whole").status == 0);
  REQUIRE(run_scanline(space.path(), steady + "--epochs 2 --keep-last 3 --save-every 5 --out run")
              .status == 0);
  CHECK(fs::exists(run / "previous-2.checkpoint"));
  CHECK_FALSE(fs::exists(run / "previous-3.checkpoint"));
  damage(run / "last.checkpoint");
  const test::Outcome outcome = run_scanline(space.path(), "train --resume run --epochs 3 --quiet");
  CHECK(outcome.status == 0);
  CHECK(is_one_line(outcome.err));
  CHECK(outcome.err.find("run/last.checkpoint: is damaged") != std::string::npos);
  CHECK(read_file(run / "model.safetensors") ==
        read_file(space.path() / "whole/model.safetensors"));

  for (const char* name : {"last.checkpoint", "previous.checkpoint", "previous-2.checkpoint"})
    damage(run / name);
  const test::Outcome failed = run_scanline(space.path(), "train --resume run --epochs 4 --quiet");
  CHECK(failed.status == 1);
  CHECK(failed.err.find("run: all of its checkpoints are damaged") != std::string::npos);
}

TEST_CASE("a full disk leaves the checkpoint that was there") {
  const Workspace space;
  REQUIRE(run_scanline(space.path(), steady + "--epochs 1 --out run").status == 0);
  const std::string checkpoint = read_file(space.path() / "run/last.checkpoint");
  const test::Outcome outcome = run_scanline(space.path(), "train --resume run --epochs 2 --quiet",
                                             "trap '' XFSZ; ulimit -f 16;");
  INFO(outcome.err);
  CHECK(outcome.status == 1);
  CHECK(is_one_line(outcome.err));
  CHECK(outcome.err.find("cannot be written: File too large") != std::string::npos);
  CHECK(read_file(space.path() / "run/last.checkpoint") == checkpoint);
  CHECK_FALSE(fs::exists(space.path() / "run/next.checkpoint"));
  CHECK(run_scanline(space.path(), "train --resume run --epochs 2").status == 0);
}

TEST_CASE("a signal ends a run in good order") {
  const Workspace space;
  const auto [signal, name, status] =
      GENERATE(std::tuple("INT", "SIGINT", 130), std::tuple("TERM", "SIGTERM", 143));
  const std::string stopped =
      fmt::format("timeout --foreground --preserve-status -s {} 0.5", signal);
  test::Outcome outcome =
      run_scanline(space.path(), steady + "--epochs 1000000 --progress none --out run", stopped);
  INFO(outcome.err);
  CHECK(outcome.status == status);
  CHECK(is_one_line(outcome.err));
  CHECK(outcome.err.find(fmt::format("stopped by {} after step ", name)) != std::string::npos);
  CHECK(outcome.err.find("scanline train --resume run") != std::string::npos);
  CHECK(outcome.out.empty());
  CHECK(fs::exists(space.path() / "run/last.checkpoint"));
  outcome = run_scanline(space.path(), "train --resume run", stopped);
  CHECK(outcome.status == status);
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
  CHECK(nothing.err.find("data/config.toml") != std::string::npos);
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
  fails_with("[train]\nepochs=3\n", "bad.toml: expected options alone, found the table [train]");
  fails_with("epochs=\"many\"\n", "--epochs");
  CHECK(run_scanline(space.path(), "train --config none.toml").status == 1);
}

TEST_CASE("a run ends early when it is told to") {
  const Workspace space;
  // With a vanishing learning rate nothing gets better.
  const std::string still = steady + "--lr 1e-12 --dropout 0 --epochs 50 ";
  REQUIRE(
      run_scanline(space.path(), still + "--patience 3 --min-delta 0.01 --out patient").status ==
      0);
  CHECK(read_lines(space.path() / "patient/metrics.jsonl").size() == 4 + 1);
  CHECK(run_scanline(space.path(), still + "--patience 3 --val-size 0").status == 1);
  REQUIRE(run_scanline(
              space.path(),
              still + "--patience 2 --monitor train_loss --val-size 0 --min-delta 0.1 --out train")
              .status == 0);
  CHECK(read_lines(space.path() / "train/metrics.jsonl").size() == 3 + 1);

  REQUIRE(
      run_scanline(space.path(), steady + "--epochs 100000 --max-time 0.005 --out timed").status ==
      0);
  CHECK(read_lines(space.path() / "timed/metrics.jsonl").back()["kind"] == "test");
}

TEST_CASE("a dry run tries everything and leaves nothing") {
  const Workspace space;
  const test::Outcome outcome =
      run_scanline(space.path(), tiny + "--dry-run", "mkdir -p tmp; TMPDIR=tmp");
  CHECK(outcome.status == 0);
  CHECK(outcome.out.find("test accuracy ") == 0);
  CHECK_FALSE(fs::exists(space.path() / "runs"));
  CHECK(fs::is_empty(space.path() / "tmp"));
}

TEST_CASE("a few batches can be learned by heart") {
  const Workspace space;
  REQUIRE(run_scanline(space.path(), steady + "--overfit-batches 1 --augment none --hidden-size 16 "
                                              "--lr 0.03 --dropout 0 --epochs 200 --out run")
              .status == 0);
  const auto records = read_lines(space.path() / "run/metrics.jsonl");
  CHECK(records[records.size() - 2]["train_accuracy"] == 1.0);
}
