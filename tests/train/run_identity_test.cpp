#include "scanline/train/run_identity.hpp"

#include <filesystem>
#include <fstream>
#include <string>

#include "tests/catch.hpp"
#include "tests/train/runs.hpp"

using namespace scanline;
using test::damage;
using test::is_one_line;
using test::read_file;
using test::run_scanline;
using test::steady;
using test::Workspace;
namespace fs = std::filesystem;

TEST_CASE("a damaged configuration does not make another run of it") {
  const Workspace space;
  const fs::path run = space.path() / "run";
  REQUIRE(run_scanline(space.path(), steady + "--epochs 2 --seed 5 --lr 0.01 --max-steps 5 "
                                              "--weight-decay 0.01 --out run")
              .status == 0);
  const std::string config = read_file(run / "config.toml");
  const auto refusal = [&](const std::string& text) {
    std::ofstream(run / "config.toml") << text;
    const test::Outcome outcome = run_scanline(space.path(), "train --resume run --max-steps 0");
    CHECK(outcome.status == 1);
    CHECK(is_one_line(outcome.err));
    CHECK(read_file(run / "config.toml") == text);
    return outcome.err;
  };
  CHECK(refusal("").find("run/config.toml: expected all options of a run, found none called "
                         "accumulate, augment, batch-size") != std::string::npos);
  std::string other = config;
  other.replace(other.find("seed=5"), 6, "seed=1");
  other.replace(other.find("\nlr=0.01"), 8, "\nlr=0.03");
  CHECK(refusal(other) ==
        "scanline: run/last.checkpoint: it was saved with the options lr=0.01 (now 0.03), seed=5 "
        "(now 1); is config.toml damaged?\n");
  // What may change on resuming is no damage.
  other = config;
  other.replace(other.find("keep-last=2"), 11, "keep-last=3");
  std::ofstream(run / "config.toml") << other;
  CHECK(run_scanline(space.path(), "train --resume run --max-steps 0").status == 0);
}

TEST_CASE("a run is not resumed on other data under the same names") {
  const Workspace space;
  fs::create_directory(space.path() / "other");
  test::write_tiny_mnist(space.path() / "other", 400, 101);
  REQUIRE(run_scanline(space.path(), steady + "--epochs 2 --max-steps 5 --out run").status == 0);
  const auto resumed = [&] {
    return run_scanline(space.path(), "train --resume run --max-steps 0 --quiet --data other");
  };
  CHECK(resumed().err ==
        "scanline: run/last.checkpoint: it was saved by a run on other test images or labels than "
        "those in other\n");
  test::write_tiny_mnist(space.path() / "other", 400, 100);
  std::fstream labels(space.path() / "other/train-labels-idx1-ubyte", std::ios::in | std::ios::out);
  labels.seekp(8 + 7).put(1);
  labels.close();
  CHECK(resumed().err.find("other training images or labels than those in other") !=
        std::string::npos);
  test::write_tiny_mnist(space.path() / "other", 400, 100);
  CHECK(resumed().status == 0);
}
